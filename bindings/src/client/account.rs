//! Signing in and out, and one's own account.

use crate::{ChatClient, ChatError, PersonItem};
use chat_core::{
    ChangeMe, DisplayName, Email, NewPassword, Register, ResetPassword, Secret, ShowMe, Username,
};

#[uniffi::export]
impl ChatClient {
    /// Signs in with a username or an email address. The id of the user.
    pub async fn sign_in(&self, identifier: String, password: String) -> Result<String, ChatError> {
        self.finish(move |client| async move {
            let signed_in = client.login(&identifier, Secret::new(password)).await?;
            Ok(signed_in.user.user.id.to_string())
        })
        .await
    }

    /// Makes an account and signs it in. The id of the user.
    #[uniffi::method(default(display_name = None))]
    pub async fn sign_up(
        &self,
        username: String,
        email: String,
        password: String,
        display_name: Option<String>,
    ) -> Result<String, ChatError> {
        self.finish(move |client| async move {
            let display_name = display_name.map(DisplayName::parse).transpose();
            let request = Register {
                username: Username::parse(username)
                    .map_err(|e| ChatError::invalid("username", e))?,
                email: Email::parse(email).map_err(|e| ChatError::invalid("email", e))?,
                password: new_password("password", password)?,
                display_name: display_name.map_err(|e| ChatError::invalid("display_name", e))?,
                device_name: None,
            };
            let signed_in = client.register(request).await?;
            Ok(signed_in.user.user.id.to_string())
        })
        .await
    }

    /// Ends the session of this device, and forgets everything it knew.
    pub async fn sign_out(&self) -> Result<(), ChatError> {
        self.finish(|client| async move { Ok(client.logout().await?) })
            .await
    }

    /// The id of who is signed in.
    pub fn me(&self) -> Option<String> {
        self.client.me().map(|id| id.to_string())
    }

    /// One's own account, as others see it, from the server.
    pub async fn account(&self) -> Result<PersonItem, ChatError> {
        self.ask(|client| async move { Ok((&client.call(ShowMe {}).await?.user).into()) })
            .await
    }

    /// Changes the name that people see.
    pub async fn set_display_name(&self, display_name: String) -> Result<(), ChatError> {
        self.told(move || {
            let name = DisplayName::parse(display_name);
            Ok(ChangeMe {
                display_name: Some(name.map_err(|e| ChatError::invalid("display_name", e))?),
                ..ChangeMe::nothing()
            })
        })
        .await
    }

    /// Asks for a mail with a link that sets another password. It says nothing of whether there is such an account.
    pub async fn reset_password(&self, email: String) -> Result<(), ChatError> {
        self.told(move || {
            let email = Email::parse(email).map_err(|e| ChatError::invalid("email", e))?;
            Ok(ResetPassword { email })
        })
        .await
    }
}

fn new_password(field: &str, password: String) -> Result<NewPassword, ChatError> {
    NewPassword::try_from(password).map_err(|e| ChatError::invalid(field, e))
}
