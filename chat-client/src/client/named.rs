//! Calls by their name, with their fields as JSON: for who has no types of them, such as another language.

use super::Client;
use crate::Error;
use chat_core::Operation;
use serde_json::{Map, Value};

impl Client {
    /// Makes the call of this name, as [`Client::call`] does. The names and fields are those of the protocol, such as
    /// `invite.create` with a `conversation_id`; the server judges the fields.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// let fields = serde_json::json!({ "conversation_id": group });
    /// let fields = fields.as_object().cloned().unwrap_or_default();
    /// let pinned = ann.call_named("pin.list", fields).await?;
    /// assert_eq!(pinned["items"].as_array().map(Vec::len), Some(0));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As for [`Client::call`]; [`Error::Invalid`] also for a name that no call has, and for those that sign in or out: the
    /// client has to know of that.
    pub async fn call_named(&self, name: &str, fields: Map<String, Value>) -> Result<Value, Error> {
        self.alive()?;
        let operation = Operation::ALL
            .iter()
            .find(|operation| operation.name == name)
            .ok_or_else(|| Error::Invalid(format!("there is no call {name}")))?;
        if name.starts_with("auth.") {
            return Err(Error::Invalid(format!(
                "{name} signs in or out: call the function of the client that does that"
            )));
        }
        self.shared().http.call_operation(operation, &fields).await
    }
}
