//! Somebody by their exact username. The server looks for beginnings, of usernames and of words of display names, and in a
//! large installation that finds many: they are gone through in their order, up to the place where the name would stand.

use super::Client;
use crate::Error;
use chat_core::{ListUsers, User, Username};

/// Users to a page.
const PAGE: u32 = 100;

impl Client {
    /// Who has this username, with or without an `@` before it, in capitals or not; none when nobody has.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, _| {
    /// let ben = ann.find_user("@Ben").await?;
    /// assert_eq!(ben.map(|user| user.username).as_deref(), Some("ben"));
    /// assert!(ann.find_user("be").await?.is_none());
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As for [`Client::call`].
    pub async fn find_user(&self, name: &str) -> Result<Option<User>, Error> {
        let name = name.trim().trim_start_matches('@');
        // What is no name for a new account may still be that of an old one.
        let name = Username::parse(name).map_or_else(|_| name.to_owned(), String::from);
        let mut cursor = None;
        loop {
            let asked = ListUsers {
                q: Some(name.clone()),
                limit: Some(PAGE),
                cursor: cursor.take(),
            };
            let page = self.call(asked).await?;
            let mut users = page.items.into_iter();
            if let Some(user) = users.find(|user| user.username >= name) {
                return Ok(Some(user).filter(|user| user.username == name));
            }
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(None);
            }
        }
    }
}
