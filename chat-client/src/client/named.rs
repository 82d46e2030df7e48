//! Calls by their name, with their fields as JSON: for who has no types of them, such as another language.

use super::Client;
use crate::Error;
use chat_core::Operation;
use serde_json::{Map, Value};

impl Client {
    /// Makes the call of this name, as [`Client::call`] does. The names and fields are those of the protocol, such as
    /// `invite.create` with a `conversation_id`; the server judges the fields.
    ///
    /// ```no_run
    /// # use chat_client::{Client, Error};
    /// # async fn example(client: Client) -> Result<(), Error> {
    /// let pinned = serde_json::json!({ "conversation_id": "01890a5d-ac96-774b-bcce-b302099a8002" });
    /// let fields = pinned.as_object().cloned().unwrap_or_default();
    /// println!("{}", client.call_named("pin.list", fields).await?["items"]);
    /// # Ok(())
    /// # }
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
