//! A person at a browser without scripts: signs in, reads pages, fills in the forms that are on them.
//!
//! A form is sent with everything that stands in it, hidden fields included, so a test types only what a person
//! would type, and it fails when the page does not offer the form.

use reqwest::StatusCode;
use scraper::{ElementRef, Html, Selector};

/// A person with a cookie jar of their own.
#[derive(Clone)]
pub struct Visitor {
    client: reqwest::Client,
    base: String,
}

/// A page as it came.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its status.
    pub status: StatusCode,
    /// Where it is, redirects followed: path and query.
    pub path: String,
    /// Its headers.
    pub headers: reqwest::header::HeaderMap,
    /// Its source.
    pub body: String,
}

/// A form of a page with what stands in it.
#[derive(Clone, Debug)]
pub struct Form {
    /// Where it is sent.
    pub action: String,
    /// `get` or `post`.
    pub method: String,
    /// Name and value of each field, in order.
    pub fields: Vec<(String, String)>,
    /// It is sent as `multipart/form-data`, so that it can carry files.
    pub multipart: bool,
    /// Field, file name and bytes of each file.
    pub files: Vec<(String, String, Vec<u8>)>,
}

impl Visitor {
    /// Somebody who has not signed in.
    pub fn new(base: &str) -> Self {
        let client = reqwest::Client::builder().cookie_store(true).build().expect("client");
        Self {
            client,
            base: base.to_owned(),
        }
    }

    /// Reads the page at `path`, following redirects.
    pub async fn get(&self, path: &str) -> Page {
        let answer = self.client.get(format!("{}{path}", self.base)).send().await;
        page(answer.expect("the server answers")).await
    }

    /// Signs in, and fails when that does not work.
    pub async fn sign_in(&mut self, username: &str, password: &str) {
        let login = self.get("/login").await;
        let form = login
            .form("/login")
            .with("username", username)
            .with("password", password);
        let page = self.send(form).await;
        assert!(
            page.status.is_success() && page.path != "/login",
            "{username} cannot sign in: {}",
            page.text()
        );
    }

    /// Sends a form.
    pub async fn send(&self, form: Form) -> Page {
        let url = format!("{}{}", self.base, form.action);
        let request = if form.multipart {
            let mut body = reqwest::multipart::Form::new();
            for (name, text) in form.fields {
                body = body.text(name, text);
            }
            for (name, file, bytes) in form.files {
                body = body.part(name, reqwest::multipart::Part::bytes(bytes).file_name(file));
            }
            self.client.post(url).multipart(body).header("origin", &self.base)
        } else if form.method == "post" {
            self.client.post(url).form(&form.fields).header("origin", &self.base)
        } else {
            self.client.get(url).query(&form.fields)
        };
        page(request.send().await.expect("the server answers")).await
    }

    /// The client with this person's cookies, for requests that no form makes.
    pub fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// The address of `path`.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

async fn page(answer: reqwest::Response) -> Page {
    let url = answer.url();
    let path = url
        .query()
        .map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    Page {
        status: answer.status(),
        headers: answer.headers().clone(),
        path,
        body: answer.text().await.expect("text"),
    }
}

impl Page {
    /// The text that a person reads, white space joined.
    pub fn text(&self) -> String {
        let html = Html::parse_document(&self.body);
        let main = html.select(&selector("main")).next();
        let text: Vec<&str> = main.map_or_else(|| html.root_element().text().collect(), |main| main.text().collect());
        text.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// True when the page says this.
    pub fn says(&self, words: &str) -> bool {
        self.text().contains(words)
    }

    /// The text of every element that matches a CSS selector.
    pub fn all(&self, css: &str) -> Vec<String> {
        let html = Html::parse_document(&self.body);
        let wanted = selector(css);
        let texts = html
            .select(&wanted)
            .map(|found| found.text().collect::<Vec<_>>().join(" "));
        texts
            .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect()
    }

    /// The addresses of all links whose address contains `part`.
    pub fn links(&self, part: &str) -> Vec<String> {
        let html = Html::parse_document(&self.body);
        let wanted = selector("a[href]");
        let hrefs = html.select(&wanted).filter_map(|a| a.value().attr("href"));
        hrefs.filter(|href| href.contains(part)).map(str::to_owned).collect()
    }

    /// What the boxes of this name on the page would send when ticked.
    pub fn ticks(&self, name: &str) -> Vec<String> {
        let html = Html::parse_document(&self.body);
        let wanted = selector(&format!("input[type=checkbox][name=\"{name}\"]"));
        let values = html.select(&wanted).filter_map(|input| input.value().attr("value"));
        values.map(str::to_owned).collect()
    }

    /// True when the page has a form that is sent there.
    pub fn has_form(&self, action: &str) -> bool {
        self.forms().iter().any(|form| form.action.contains(action))
    }

    /// The form whose address contains `action`; fails when the page does not offer it.
    pub fn form(&self, action: &str) -> Form {
        let found = self.forms().into_iter().find(|form| form.action.contains(action));
        found.unwrap_or_else(|| {
            panic!(
                "no form to {action} on {} ({}): {}",
                self.path,
                self.status,
                self.text()
            )
        })
    }

    /// Every form on the page.
    pub fn forms(&self) -> Vec<Form> {
        let html = Html::parse_document(&self.body);
        html.select(&selector("form"))
            .map(|form| read_form(form, &self.path))
            .collect()
    }
}

fn read_form(form: ElementRef<'_>, path: &str) -> Form {
    let mut fields = Vec::new();
    for field in form.select(&selector("input[name], textarea[name], select[name]")) {
        let (value, name) = (field.value(), field.value().attr("name").unwrap_or_default().to_owned());
        let text = match value.name() {
            "textarea" => Some(field.text().collect::<String>()),
            "select" => {
                let chosen = field.select(&selector("option[selected]")).next();
                let chosen = chosen.or_else(|| field.select(&selector("option")).next());
                chosen.map(|option| option.value().attr("value").unwrap_or_default().to_owned())
            }
            _ => match value.attr("type") {
                Some("checkbox" | "radio") if value.attr("checked").is_none() => None,
                Some("submit" | "file" | "button") => None,
                _ => Some(value.attr("value").unwrap_or_default().to_owned()),
            },
        };
        fields.extend(text.map(|text| (name, text)));
    }
    Form {
        action: form.value().attr("action").unwrap_or(path).to_owned(),
        method: form.value().attr("method").unwrap_or("get").to_ascii_lowercase(),
        fields,
        multipart: form.value().attr("enctype") == Some("multipart/form-data"),
        files: Vec::new(),
    }
}

fn selector(css: &str) -> Selector {
    Selector::parse(css).unwrap_or_else(|error| panic!("{css}: {error}"))
}

impl Form {
    /// What stands in a field; empty when there is no such field.
    pub fn value(&self, name: &str) -> &str {
        let found = self.fields.iter().rev().find(|(field, _)| field == name);
        found.map_or("", |(_, text)| text.as_str())
    }

    /// The same form with a file chosen.
    #[must_use]
    pub fn with_file(mut self, field: &str, file_name: &str, bytes: &[u8]) -> Self {
        self.files
            .push((field.to_owned(), file_name.to_owned(), bytes.to_vec()));
        self
    }

    /// The same form with this typed into a field (added when the form has no such field yet).
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        match self.fields.iter_mut().find(|(field, _)| field == name) {
            Some((_, text)) => value.clone_into(text),
            None => self.fields.push((name.to_owned(), value.to_owned())),
        }
        self
    }
}
