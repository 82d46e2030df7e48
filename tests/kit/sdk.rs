//! People with the SDK in their hands. What they do with it comes from the SDK's own test kit.

pub use chat_client::test_kit::{body, group, knows, online, said, status};

use chat_client::Client;
use chat_core::{Email, NewPassword, Register, Username};
use url::Url;

/// The password of everybody who registers here.
pub const PASSWORD: &str = "correct horse battery";

/// A client of a server, signed in as nobody.
///
/// # Panics
/// When the address is none.
pub fn client(server: &str) -> Client {
    let url: Url = server.parse().expect("an address");
    Client::builder(url)
        .device_name("kit")
        .build()
        .expect("a plain client builds")
}

/// A client of somebody new.
///
/// # Panics
/// When the name is taken.
pub async fn registered(server: &str, name: &str) -> Client {
    let client = client(server);
    let register = Register {
        username: Username::parse(name).expect("a good username"),
        email: Email::parse(format!("{name}@example.org")).expect("a good address"),
        password: NewPassword::try_from(PASSWORD.to_owned()).expect("a good password"),
        display_name: None,
        device_name: None,
    };
    client.register(register).await.expect("the name is free");
    client
}
