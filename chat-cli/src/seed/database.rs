//! Carries a plan out straight in a database, with every message at its time in the past.

use super::{
    Person, Planned, Said, Stage,
    network::{opening, saying},
};
use crate::error::{Error, Result};
use chat_core::{
    Code, ConversationId, ListConversations, ListUsers, MarkRead, MemberRole, NewPassword, Seq,
    Timestamp, UserId, UserRole,
};
use chat_server::{Host, NewUser};
use std::time::{SystemTime, UNIX_EPOCH};
use uuid::Uuid;

/// A server inside this process, and who is there so far.
pub(crate) struct Database {
    host: Host,
    password: NewPassword,
    users: Vec<UserId>,
    now: Timestamp,
}

impl Database {
    pub(crate) fn new(host: Host, password: NewPassword) -> Self {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let now = Timestamp::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
        Self {
            host,
            password,
            users: Vec::new(),
            now,
        }
    }

    /// Who has this name already.
    async fn known(&self, person: &Person) -> Result<UserId> {
        let name = person.username.as_str();
        let ask = ListUsers {
            q: Some(name.to_owned()),
            limit: Some(100),
            cursor: None,
        };
        // Asked as nobody in particular: calls from inside need no account.
        let page = self.host.call(UserId::new(Uuid::nil()), ask).await?;
        let found = page.items.into_iter().find(|user| user.username == name);
        found.map(|user| user.id).ok_or_else(|| {
            Error::coded(
                Code::Taken,
                format!("the email address of {name} belongs to somebody else here"),
            )
        })
    }

    /// The group of this title that a run before has opened.
    async fn group_of(&self, owner: UserId, title: &str) -> Result<Option<ConversationId>> {
        let mut cursor = None;
        loop {
            let ask = ListConversations {
                limit: Some(100),
                cursor,
            };
            let page = self.host.call(owner, ask).await?;
            let found = page.items.into_iter().find(|known| {
                known.title.as_deref() == Some(title) && known.my.role == MemberRole::Owner
            });
            cursor = page.next_cursor;
            if found.is_some() || cursor.is_none() {
                return Ok(found.map(|known| known.id));
            }
        }
    }
}

impl Stage for Database {
    async fn enter(&mut self, person: &Person) -> Result<()> {
        let made = self
            .host
            .create_user(NewUser {
                username: person.username.clone(),
                email: Some(person.email.clone()),
                password: Some(self.password.clone()),
                display_name: Some(person.display_name.clone()),
                role: UserRole::User,
            })
            .await;
        let id = match made {
            Ok(me) => me.user.id,
            Err(error) if error.code() == Code::Taken => self.known(person).await?,
            Err(error) => return Err(error.into()),
        };
        self.users.push(id);
        Ok(())
    }

    async fn open(&mut self, planned: &Planned) -> Result<ConversationId> {
        let members: Vec<_> = planned.members.iter().map(|at| self.users[*at]).collect();
        if let Some(title) = &planned.title
            && let Some(id) = self.group_of(members[0], title).await?
        {
            return Ok(id);
        }
        let create = opening(planned, members[1..].to_vec())?;
        Ok(self.host.call(members[0], create).await?.conversation.id)
    }

    async fn say(&mut self, conversation_id: ConversationId, said: &Said) -> Result<Seq> {
        let send = saying(conversation_id, said)?;
        let at = self.now.plus_ms(-said.ago_ms);
        let sent = self.host.send_at(self.users[said.author], send, at).await?;
        Ok(sent.message.seq)
    }

    async fn read(
        &mut self,
        conversation_id: ConversationId,
        reader: usize,
        seq: Seq,
    ) -> Result<()> {
        let read = MarkRead {
            conversation_id,
            seq,
        };
        self.host.call(self.users[reader], read).await?;
        Ok(())
    }
}
