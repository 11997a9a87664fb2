//! A program that speaks to the JSON API.

use crate::district::filled;
use crate::world::PASSWORD;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A client with or without a token.
#[derive(Clone)]
pub struct Client {
    client: reqwest::Client,
    base: String,
    token: Option<String>,
}

impl Client {
    /// A client that shows this token, or none.
    pub fn new(base: &str, token: Option<&str>) -> Self {
        Self {
            client: reqwest::Client::new(),
            base: base.to_owned(),
            token: token.map(str::to_owned),
        }
    }

    /// A client with a token of a demo account, `read` or `act`.
    pub async fn sign_in(base: &str, username: &str, scope: &str) -> Self {
        let guest = Self::new(base, None);
        let body = json!({"username": username, "password": PASSWORD, "name": "test", "scope": scope, "days": 30});
        let (status, _, made) = guest.send(Method::POST, "/api/v1/tokens", Some(body)).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        Self::new(base, made["token"].as_str())
    }

    /// Asks, and gives status, content type and body.
    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, String, Value) {
        self.try_send(method, path, body).await.expect("the server answers")
    }

    /// The same when the server may be away.
    ///
    /// # Errors
    /// That there was no answer, or only half of one.
    pub async fn try_send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<(StatusCode, String, Value), reqwest::Error> {
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok());
        let kind = kind.unwrap_or_default().to_owned();
        let text = answer.text().await?;
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok((status, kind, body))
    }

    /// Reads.
    pub async fn get(&self, path: &str) -> (StatusCode, String, Value) {
        self.send(Method::GET, path, None).await
    }

    /// The version of a document.
    pub async fn version(&self, id: i64) -> u64 {
        let (_, _, body) = self.get(&format!("/api/v1/documents/{id}")).await;
        body["version"].as_u64().expect("a document with a version")
    }

    /// A plan that waits for this person to fill in and submit it.
    pub async fn draft(&self) -> i64 {
        let (_, _, inbox) = self.get("/api/v1/inbox?box=todo").await;
        let rows = inbox["items"].as_array().cloned().unwrap_or_default();
        let draft = rows
            .iter()
            .find(|row| row["status"] == "draft" && row["type"] == "annual_plan");
        let id = draft.and_then(|row| row["document"].as_i64());
        id.unwrap_or_else(|| panic!("no draft waits: {inbox}"))
    }

    /// Fills in everything that keeps a plan from being submitted.
    pub async fn fill(&self, id: i64) {
        let path = format!("/api/v1/documents/{id}");
        let (_, _, body) = self.get(&path).await;
        let content = serde_json::from_value(body["content"].clone()).expect("content");
        let edit = json!({"edit_version": body["edit_version"], "content": filled("annual_plan", content)});
        let (status, _, answer) = self.send(Method::PUT, &format!("{path}/content"), Some(edit)).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }
}
