//! What people do in a journey: sign in, open what waits for them, fill in, decide.

use duban_tests::browser::Browser;
use duban_tests::world::World;
use fantoccini::Locator;
use fantoccini::elements::Element;
use std::time::{Duration, Instant};

/// A district and a browser window in which one person after another sits.
pub struct Play {
    /// The district.
    pub world: World,
    /// The window.
    pub browser: Browser,
}

impl Play {
    /// Begins on this day with people and units, and nothing else.
    pub async fn begin(at: &str, scripts: bool) -> Self {
        let world = World::empty(at).await;
        let browser = Browser::open(&world.url(), scripts).await;
        Self { world, browser }
    }

    /// Signs in and opens the paper in the box whose title contains `title`; gives its path.
    pub async fn open(&self, who: &str, title: &str) -> String {
        self.browser.sign_in(who).await;
        self.browser.goto("/inbox?box=todo").await;
        let link = format!("//a[contains(@class, 'item-title')][contains(., '{title}')]");
        let Ok(link) = self.browser.client.find(Locator::XPath(&link)).await else {
            panic!("{who} has no paper named {title} to do: {}", self.browser.text().await);
        };
        self.browser.press_element(link, title).await;
        let path = self.browser.path().await;
        path.split('?').next().unwrap_or_default().to_owned()
    }

    /// True when a paper whose title contains `title` waits for this person.
    pub async fn waits_for(&self, who: &str, title: &str) -> bool {
        self.browser.sign_in(who).await;
        self.browser.goto("/inbox?box=todo").await;
        let link = format!("//a[contains(@class, 'item-title')][contains(., '{title}')]");
        self.browser.client.find(Locator::XPath(&link)).await.is_ok()
    }

    /// Presses a decision of the bar (`approve`, `return`, `withdraw` …) with these words.
    pub async fn decide(&self, act: &str, words: &str) {
        let form = self.browser.find(&format!("#form-{act}")).await;
        if !form.is_displayed().await.expect("displayed or not") {
            let summary = format!("//form[@id='form-{act}']/preceding-sibling::summary");
            let summary = self
                .browser
                .client
                .find(Locator::XPath(&summary))
                .await
                .expect("its button");
            summary.click().await.expect("the form opens");
        }
        if !words.is_empty() {
            self.browser
                .fill(&format!("#form-{act} textarea[name=text]"), words)
                .await;
        }
        self.browser.press(&format!("#form-{act} .actions button")).await;
        let refused = self.browser.has(".field-error, .error-summary").await;
        assert!(!refused, "{act} was refused: {}", self.browser.text().await);
    }

    /// Signs in, opens the paper and agrees.
    pub async fn approve(&self, who: &str, title: &str) {
        self.open(who, title).await;
        self.decide("approve", "").await;
    }

    /// Fills in every empty field of the form of this page with something sensible; `figure` goes into numbers.
    pub async fn fill_in(&self, figure: &str) {
        let fields = "form.editor input:not([type=hidden]), form.editor textarea, form.editor select";
        for field in self
            .browser
            .client
            .find_all(Locator::Css(fields))
            .await
            .expect("fields")
        {
            let attribute = async |name: &str| field.attr(name).await.expect("an attribute").unwrap_or_default();
            let value = field.prop("value").await.expect("a value").unwrap_or_default();
            let name = attribute("name").await;
            if !value.is_empty() || name == "due_on" || name.ends_with("reason") || name.ends_with("new_date") {
                continue;
            }
            let tag = field.tag_name().await.expect("a tag");
            let words = match (
                tag.as_str(),
                attribute("type").await.as_str(),
                attribute("inputmode").await.as_str(),
            ) {
                ("select", _, _) => {
                    choose(&field, 1).await;
                    continue;
                }
                (_, "date", _) if name.ends_with("due_on") => "03202026",
                (_, "date", _) => "01122026",
                (_, _, "decimal") => figure,
                (_, _, "tel") => "022-12345678",
                ("textarea", _, _) => "按季度组织推进，年底前完成并形成总结材料。",
                _ => "张明",
            };
            field.send_keys(words).await.expect("the field can be typed into");
        }
    }

    /// Submits a paper from its check page.
    pub async fn submit(&self, paper: &str) {
        self.browser.goto(&format!("{paper}/check")).await;
        if !self.browser.has("#field-statement").await {
            panic!("{paper} cannot be submitted: {}", self.browser.text().await);
        }
        self.browser.click("#field-statement").await;
        self.browser.press("#submit button.button").await;
        let path = self.browser.path().await;
        assert!(
            !path.ends_with("/check") && !path.ends_with("/submission"),
            "{path}: {}",
            self.browser.text().await
        );
    }

    /// Waits until the page at `path` says `words`: for what the clock does in the background.
    pub async fn until_it_says(&self, path: &str, words: &str) {
        let give_up = Instant::now() + Duration::from_secs(45);
        loop {
            self.browser.goto(path).await;
            let text = self.browser.text().await;
            if text.contains(words) {
                return;
            }
            assert!(Instant::now() < give_up, "{path} never says {words}: {text}");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// Ends the play.
    pub async fn end(self) {
        self.browser.close().await;
    }
}

async fn choose(select: &Element, nth: usize) {
    select.select_by_index(nth).await.expect("something to choose");
}
