//! Carries a plan out straight in a database, everything at its time in the past, and many conversations at once: what
//! is said at the same time shares a transaction.

use super::{
    Enclosed, Known, Person, Planned, Said, Stage,
    network::{about, edition, opening, reaction, saying},
};
use crate::error::{Error, Result};
use chat_core::{
    AddMembers, AttachmentId, Code, Conversation, ConversationId, DeleteAttachment,
    ListConversations, ListUsers, MarkRead, MemberRole, MessageId, NewPassword, Seq, Timestamp,
    User, UserId, UserRole,
};
use chat_server::{Clock, Host, NewUser, SystemClock};
use futures_util::{StreamExt, TryStreamExt, future, stream};
use indicatif::ProgressBar;
use std::time::Duration;
use tokio::sync::Mutex;
use uuid::Uuid;

/// People who are let in at the same time: hashing their passwords takes all cores.
const PEOPLE_AT_ONCE: usize = 16;
/// Everybody was there a little before the first conversation.
const HOUR: i64 = 60 * 60 * 1_000;

tokio::task_local! {
    /// The moment of what is done just now.
    static MOMENT: Timestamp;
}

/// A clock that goes by the moment of what a [`Database`] does, and by the machine's for everything else.
pub(crate) struct StageClock;

impl Clock for StageClock {
    fn now(&self) -> Timestamp {
        MOMENT
            .try_with(|at| *at)
            .unwrap_or_else(|_| SystemClock.now())
    }

    fn uptime(&self) -> Duration {
        SystemClock.uptime()
    }
}

/// A server inside this process, with a [`StageClock`], and who is there so far.
pub(crate) struct Database {
    host: Host,
    password: NewPassword,
    users: Vec<UserId>,
    /// The end of everything.
    until: Timestamp,
    /// So long before the end people came.
    came_ms: i64,
    /// A file and the message that carries it come one after the other: nobody may have many files in no message.
    one_file: Mutex<()>,
    with_files: bool,
    with_admin: bool,
}

impl Database {
    pub(crate) fn new(host: Host, password: NewPassword, until: Timestamp, days: u32) -> Self {
        Self {
            host,
            password,
            users: Vec::new(),
            until,
            came_ms: i64::from(days) * super::DAY + HOUR,
            one_file: Mutex::new(()),
            with_files: true,
            with_admin: false,
        }
    }

    /// The same, but the first person looks after the server.
    pub(crate) fn with_admin(self) -> Self {
        Self {
            with_admin: true,
            ..self
        }
    }

    /// The same, but what would come with a file comes without.
    pub(crate) fn without_files(self) -> Self {
        Self {
            with_files: false,
            ..self
        }
    }

    /// Does something as of a moment.
    async fn ago<T>(&self, ago_ms: i64, what: impl Future<Output = T>) -> T {
        MOMENT.scope(self.until.plus_ms(-ago_ms), what).await
    }

    /// Makes one of them.
    async fn make(&self, person: &Person, is_first: bool) -> Result<UserId> {
        let role = match is_first && self.with_admin {
            true => UserRole::Admin,
            false => UserRole::User,
        };
        let new = NewUser {
            username: person.username.clone(),
            email: Some(person.email.clone()),
            password: Some(self.password.clone()),
            display_name: Some(person.display_name.clone()),
            role,
        };
        match self.ago(self.came_ms, self.host.create_user(new)).await {
            Ok(me) => Ok(me.user.id),
            Err(error) if error.code() == Code::Taken => Err(Error::coded(
                Code::Taken,
                format!(
                    "the name {} or its address belongs to somebody else here; name another database",
                    person.username
                ),
            )),
            Err(error) => Err(error.into()),
        }
    }

    /// Says one thing.
    async fn say_one(
        &self,
        conversation_id: ConversationId,
        said: &Said,
        reply_to: Option<MessageId>,
    ) -> Result<Option<Known>> {
        let author = self.users[said.author];
        let mut send = saying(conversation_id, said, reply_to)?;
        let file = said.file.filter(|_| self.with_files);
        let _one = match file {
            Some(_) => Some(self.one_file.lock().await),
            None => None,
        };
        if let Some(file) = file {
            // Now, not in the past: what is in no message for a day is collected.
            send.attachment_ids = Some(vec![self.upload(author, file).await?]);
        }
        let files = send.attachment_ids.clone().unwrap_or_default();
        let call = self.host.call(author, send);
        match self.ago(said.ago_ms, call).await {
            Ok(sent) => Ok(Some(Known {
                id: sent.message.id,
                seq: sent.message.seq,
                is_new: !sent.duplicate,
            })),
            // It was said before, with the file of that time.
            Err(error) if error.code() == Code::IdempotencyConflict && file.is_some() => {
                for attachment_id in files {
                    let delete = DeleteAttachment { attachment_id };
                    self.host.call(author, delete).await?;
                }
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn upload(&self, author: UserId, file: Enclosed) -> Result<AttachmentId> {
        let stored = self
            .host
            .upload(author, about(file)?, file.media_type(), file.bytes())
            .await?;
        Ok(stored.id)
    }

    /// Who has exactly this name: among all that begin so, and among those of whose display name a word does.
    async fn named(&self, name: &str) -> Result<Option<User>> {
        let mut cursor = None;
        loop {
            let ask = ListUsers {
                q: Some(name.to_owned()),
                limit: Some(100),
                cursor,
            };
            // Asked as nobody in particular: calls from inside need no account.
            let page = self.host.call(UserId::new(Uuid::nil()), ask).await?;
            let found = page.items.into_iter().find(|user| user.username == name);
            cursor = page.next_cursor;
            if found.is_some() || cursor.is_none() {
                return Ok(found);
            }
        }
    }

    /// Who has this name already, by the password that everybody has. Whoever has another is somebody else, who is neither
    /// spoken for nor written to.
    async fn known(&self, person: &Person) -> Result<Option<UserId>> {
        let name = person.username.as_str();
        let Some(user) = self.named(name).await? else {
            return Ok(None);
        };
        let asked = self.host.is_password(&person.username, &self.password);
        match asked.await? {
            true => Ok(Some(user.id)),
            false => Err(Error::coded(
                Code::Taken,
                format!(
                    "{name} is here with another password, and may be somebody real; nothing was done. Give the password \
                     of a run before with --password-file, or name another database"
                ),
            )),
        }
    }

    /// The group of this title that a run before has opened.
    async fn group_of(&self, owner: UserId, title: &str) -> Result<Option<Conversation>> {
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
                return Ok(found);
            }
        }
    }
}

impl Stage for Database {
    const AT_ONCE: usize = 64;

    async fn enter(&mut self, people: &[Person], bar: &ProgressBar) -> Result<()> {
        let this = &*self;
        // Everybody is looked for before anybody is made.
        let known: Vec<_> = stream::iter(people)
            .map(|person| this.known(person))
            .buffered(PEOPLE_AT_ONCE)
            .try_collect()
            .await?;
        let users: Vec<_> = stream::iter(people.iter().zip(known).enumerate())
            .map(|(nth, (person, known))| async move {
                let user = match known {
                    Some(user) => Ok(user),
                    None => this.make(person, nth == 0).await,
                };
                bar.inc(1);
                user
            })
            .buffered(PEOPLE_AT_ONCE)
            .try_collect()
            .await?;
        self.users = users;
        Ok(())
    }

    async fn open(&mut self, planned: &Planned) -> Result<ConversationId> {
        let members: Vec<_> = planned.members.iter().map(|at| self.users[*at]).collect();
        if let Some(title) = &planned.title
            && let Some(group) = self.group_of(members[0], title).await?
        {
            // Another seed may have opened it with others; who is in it already stays as they are.
            let add = AddMembers {
                conversation_id: group.id,
                user_ids: members[1..].to_vec(),
                role: None,
            };
            let opened = self.until.plus_ms(-planned.opened_ms);
            let call = self.host.call(members[0], add);
            MOMENT.scope(opened.max(group.created_at), call).await?;
            return Ok(group.id);
        }
        let create = opening(planned, members[1..].to_vec())?;
        let call = self.host.call(members[0], create);
        let created = self.ago(planned.opened_ms, call).await?;
        Ok(created.conversation.id)
    }

    async fn say(
        &self,
        conversation: ConversationId,
        said: &[Said],
        reply_to: Option<MessageId>,
    ) -> Result<Vec<Option<Known>>> {
        // They are begun in this order, and stored in the order in which they are begun.
        let sends = said.iter().enumerate().map(|(nth, said)| {
            let reply_to = reply_to.filter(|_| nth == 0);
            self.say_one(conversation, said, reply_to)
        });
        future::try_join_all(sends).await
    }

    async fn edit(&self, author: usize, message: MessageId, text: &str, ago_ms: i64) -> Result<()> {
        let call = self.host.call(self.users[author], edition(message, text)?);
        self.ago(ago_ms, call).await?;
        Ok(())
    }

    async fn react(
        &self,
        person: usize,
        message: MessageId,
        emoji: &str,
        ago_ms: i64,
    ) -> Result<()> {
        let call = self
            .host
            .call(self.users[person], reaction(message, emoji)?);
        self.ago(ago_ms, call).await?;
        Ok(())
    }

    async fn read(
        &self,
        conversation_id: ConversationId,
        reader: usize,
        seq: Seq,
        ago_ms: i64,
    ) -> Result<()> {
        let read = MarkRead {
            conversation_id,
            seq,
        };
        let call = self.host.call(self.users[reader], read);
        self.ago(ago_ms, call).await?;
        Ok(())
    }
}
