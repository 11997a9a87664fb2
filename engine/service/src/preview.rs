//! 预计流程: the way ahead of one document, with whoever would act and the days by which, before it is submitted and
//! while it is on its way.

use crate::error::Result;
use crate::{Caller, Service};
use duban_core::id::DocumentId;
use duban_core::org::Organisation;
use duban_core::workflow::{Definition, Expected, preview};
use std::sync::Arc;

/// The way ahead of a document, with what its names are read from.
#[derive(Clone, Debug)]
pub struct WayAhead {
    /// The workflow it follows.
    pub definition: Arc<Definition>,
    /// Units and people at this moment.
    pub org: Organisation,
    /// Where it is, then what it will come to. Empty for a finished one.
    pub steps: Vec<Expected>,
}

impl Service {
    /// The way ahead of this document, from its own facts and the posts as they are now.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`] when there is no such document for this caller.
    pub async fn preview(&self, caller: &Caller, id: DocumentId) -> Result<WayAhead> {
        let (case, frame) = self.open_document(caller, id).await?;
        let steps = preview(&case.definition, &case.instance, &case.context(&frame, false));
        Ok(WayAhead {
            definition: case.definition,
            org: frame.org,
            steps,
        })
    }
}
