//! What a handler takes from a request. The gate has already checked who may come in and the form's token.

use crate::error::PageError;
use crate::visit::Visit;
use axum::extract::{FromRequest, FromRequestParts, Multipart, Request};
use axum::http::request::Parts;
use duban_core::id::CommandId;
use duban_service::Caller;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

/// Anyone's request, signed in or not.
#[derive(Clone)]
pub struct Visitor(pub Arc<Visit>);

impl Deref for Visitor {
    type Target = Visit;
    fn deref(&self) -> &Visit {
        &self.0
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, PageError> {
        let visit = parts.extensions.get::<Arc<Visit>>().cloned();
        visit
            .map(Self)
            .ok_or_else(|| PageError::internal("a page was reached around the gate"))
    }
}

/// A signed-in person's request.
#[derive(Clone)]
pub struct Signed {
    /// Who.
    pub caller: Caller,
    visit: Arc<Visit>,
}

impl Deref for Signed {
    type Target = Visit;
    fn deref(&self) -> &Visit {
        &self.visit
    }
}

impl<S: Sync> FromRequestParts<S> for Signed {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let Visitor(visit) = Visitor::from_request_parts(parts, state).await?;
        let caller = visit.caller().cloned().ok_or(PageError::SignedOut)?;
        Ok(Self { caller, visit })
    }
}

/// A posted form. Repeated names become lists; wrong or missing fields answer 422. The token is checked by the gate.
pub struct CsrfForm<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for CsrfForm<T> {
    type Rejection = PageError;
    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        let form = axum_extra::extract::Form::<T>::from_request(request, state).await;
        form.map(|axum_extra::extract::Form(form)| Self(form))
            .map_err(|rejection| {
                tracing::info!("a form could not be read: {rejection}");
                PageError::refused("malformed")
            })
    }
}

/// What every form that acts on a document carries (`partials/command_fields`).
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct CommandFields {
    /// The command's own number; sending it twice does it once.
    pub command: CommandId,
    /// The version of the instance that the page showed.
    pub expected: u32,
}

/// One uploaded file.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The name the sender gave it. Never a path to use.
    pub file_name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A posted form with files (`multipart/form-data`).
#[derive(Clone, Debug, Default)]
pub struct CsrfUpload {
    /// Text fields; the last one of a name counts.
    pub fields: BTreeMap<String, String>,
    /// Files by field name; empty file fields are left out.
    pub files: BTreeMap<String, Upload>,
}

impl<S: Send + Sync> FromRequest<S> for CsrfUpload {
    type Rejection = PageError;
    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        let malformed = |_| PageError::refused("malformed");
        let mut multipart = Multipart::from_request(request, state).await.map_err(malformed)?;
        let mut upload = Self::default();
        while let Some(field) = multipart
            .next_field()
            .await
            .map_err(|e| PageError::from_status(e.status()))?
        {
            let name = field.name().unwrap_or_default().to_owned();
            let file_name = field.file_name().map(str::to_owned);
            let bytes = field.bytes().await.map_err(|e| PageError::from_status(e.status()))?;
            match file_name {
                Some(file_name) if !(file_name.is_empty() && bytes.is_empty()) => {
                    let bytes = bytes.to_vec();
                    upload.files.insert(name, Upload { file_name, bytes });
                }
                Some(_) => {}
                None => {
                    let text = String::from_utf8(bytes.to_vec()).map_err(|_| PageError::refused("malformed"))?;
                    upload.fields.insert(name, text);
                }
            }
        }
        Ok(upload)
    }
}
