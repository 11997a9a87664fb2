//! A real Chromium through Debian's chromedriver, with scripts or without.

use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::json;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A browser window. Close it with [`Browser::close`].
pub struct Browser {
    driver: Child,
    /// The WebDriver client.
    pub client: Client,
    base: String,
}

impl Browser {
    /// A window that shows the service at `base`; `scripts` says whether pages may run any.
    pub async fn open(base: &str, scripts: bool) -> Self {
        let port = crate::world::free_port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver (Debian: apt install chromium chromium-driver)");
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1366,768",
        ];
        let javascript = if scripts { 1 } else { 2 };
        let options = json!({
            "goog:chromeOptions": {
                "args": arguments,
                "prefs": { "profile.managed_default_content_settings.javascript": javascript },
            },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        });
        let give_up = Instant::now() + Duration::from_secs(30);
        let client = loop {
            let capabilities = options.as_object().expect("an object").clone();
            let client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
                .capabilities(capabilities)
                .connect(&format!("http://127.0.0.1:{port}"))
                .await;
            match client {
                Ok(client) => break client,
                Err(error) => assert!(Instant::now() < give_up, "no browser: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        Self {
            driver,
            client,
            base: base.to_owned(),
        }
    }

    /// Goes to a path of the service.
    pub async fn goto(&self, path: &str) {
        self.client
            .goto(&format!("{}{path}", self.base))
            .await
            .expect("the page loads");
    }

    /// Sets the size of the window.
    pub async fn size(&self, width: u32, height: u32) {
        self.client
            .set_window_size(width, height)
            .await
            .expect("the window can be sized");
    }

    /// Types into the field with this name, replacing what stands there.
    pub async fn fill(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field.clear().await.expect("the field can be emptied");
        field.send_keys(text).await.expect("the field can be typed into");
    }

    /// Clicks what matches this selector and waits for the page it leads to: a link, a button that sends a form.
    pub async fn press(&self, css: &str) {
        let element = self.find(css).await;
        self.press_element(element, css).await;
    }

    /// The same for an element found otherwise; `what` names it in a failure.
    ///
    /// The driver answers a click before the browser has begun to leave the page, so whatever is asked next may
    /// still be answered by the old page. The old page is gone when its root element is.
    pub async fn press_element(&self, element: Element, what: &str) {
        let old = self.find("html").await;
        if let Err(error) = element.click().await {
            panic!("cannot press {what}: {error}");
        }
        let give_up = Instant::now() + Duration::from_secs(30);
        while old.tag_name().await.is_ok() {
            assert!(Instant::now() < give_up, "{what} leads nowhere: {}", self.text().await);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.find("body").await;
    }

    /// Clicks what matches this selector and changes something on this page: a box to tick, a list to open.
    pub async fn click(&self, css: &str) {
        self.find(css)
            .await
            .click()
            .await
            .unwrap_or_else(|error| panic!("cannot click {css}: {error}"));
    }

    /// The first element that matches this selector; waits a little for it, fails when there is none.
    pub async fn find(&self, css: &str) -> Element {
        let wait = self.client.wait().at_most(Duration::from_secs(10));
        match wait.for_element(Locator::Css(css)).await {
            Ok(element) => element,
            Err(error) => panic!("no {css} on {}: {error}\n{}", self.path().await, self.text().await),
        }
    }

    /// True when something matches this selector now.
    pub async fn has(&self, css: &str) -> bool {
        self.client.find(Locator::Css(css)).await.is_ok()
    }

    /// What the page says.
    pub async fn text(&self) -> String {
        match self.client.find(Locator::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Where the browser is: path and query.
    pub async fn path(&self) -> String {
        let url = self.client.current_url().await.expect("an address");
        url.query()
            .map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
    }

    /// Signs in as this person of the demo district, leaving whoever was signed in.
    pub async fn sign_in(&self, username: &str) {
        self.client
            .delete_all_cookies()
            .await
            .expect("cookies can be thrown away");
        self.goto("/login").await;
        self.fill("input[name=username]", username).await;
        self.fill("input[name=password]", crate::world::PASSWORD).await;
        self.press("form[action='/login'] button").await;
        assert!(
            !self.path().await.starts_with("/login"),
            "{username} cannot sign in: {}",
            self.text().await
        );
    }

    /// A picture of the page.
    pub async fn picture(&self, file: &std::path::Path) {
        let png = self.client.screenshot().await.expect("a picture");
        std::fs::write(file, png).expect("the picture can be kept");
    }

    /// Closes the window.
    pub async fn close(mut self) {
        let _ = self.client.clone().close().await;
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.driver.kill();
    }
}
