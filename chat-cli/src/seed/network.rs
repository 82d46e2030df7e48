//! Carries a plan out over the network, as its people: each signs up or in, and says their own lines.
//!
//! It keeps to the server's limits and waits where it is told to. The past cannot be written this way: everything is
//! said now.

use super::{Enclosed, Known, Person, Planned, Said, Stage};
use crate::{
    cmd::{Repeat, wait_out},
    error::{Error, Result},
};
use chat_client::Client;
use chat_core::{
    AddMembers, AddReaction, AttachmentId, Code, ConversationId, ConversationKind,
    CreateAttachment, CreateConversation, DeleteAttachment, EditMessage, Emoji, FileName,
    ListConversations, MarkRead, MemberRole, MessageBody, MessageId, NewPassword, Register, Secret,
    SendMessage, Seq, Title, UserId,
};
use indicatif::ProgressBar;
use std::collections::BTreeMap;
use url::Url;

/// What the bar says while the server wants nothing more for now.
const LIMITED: &str = "waiting for the server's limit";

/// A server, and who is signed in there so far.
pub(crate) struct Network {
    server: Url,
    password: NewPassword,
    clients: Vec<Client>,
    /// Groups that somebody had opened before, by owner and title.
    groups: BTreeMap<usize, BTreeMap<String, ConversationId>>,
    bar: ProgressBar,
}

impl Network {
    pub(crate) fn new(server: Url, password: NewPassword, bar: ProgressBar) -> Self {
        Self {
            server,
            password,
            clients: Vec::new(),
            groups: BTreeMap::new(),
            bar,
        }
    }

    /// Makes a call, and says on the bar when it is the server's limit that takes the time.
    async fn ask<T>(
        &self,
        repeat: Repeat,
        call: impl AsyncFnMut() -> std::result::Result<T, chat_client::Error>,
    ) -> Result<T> {
        let usual = self.bar.message();
        let limited = |waits| {
            self.bar.set_message(match waits {
                true => LIMITED.to_owned(),
                false => usual.clone(),
            });
        };
        wait_out(repeat, limited, call).await
    }

    /// Signs everybody out again, as far as that goes: their sessions are of no use to anybody.
    pub(crate) async fn leave(self) {
        for client in self.clients {
            if let Err(error) = client.logout().await {
                tracing::debug!(%error, "a session is left until it runs out");
            }
        }
    }

    fn id(&self, person: usize) -> Result<UserId> {
        self.clients[person]
            .me()
            .ok_or(Error::Client(chat_client::Error::SignedOut))
    }

    async fn groups_of(&mut self, owner: usize) -> Result<&BTreeMap<String, ConversationId>> {
        if !self.groups.contains_key(&owner) {
            let client = &self.clients[owner];
            let mut groups = BTreeMap::new();
            let mut cursor: Option<String> = None;
            loop {
                let ask = ListConversations {
                    limit: Some(100),
                    cursor: cursor.clone(),
                };
                let page = self
                    .ask(Repeat::Unknown, async || client.call(ask.clone()).await)
                    .await?;
                for known in page.items {
                    if let (Some(title), MemberRole::Owner) = (known.title, known.my.role) {
                        groups.insert(title, known.id);
                    }
                }
                cursor = page.next_cursor;
                if cursor.is_none() {
                    break;
                }
            }
            self.groups.insert(owner, groups);
        }
        Ok(&self.groups[&owner])
    }

    /// Signs one of them up, or in.
    async fn person(&self, person: &Person) -> Result<Client> {
        let client = Client::builder(self.server.clone())
            .device_name("chat seed")
            .build()?;
        let register = Register {
            username: person.username.clone(),
            email: person.email.clone(),
            password: self.password.clone(),
            display_name: Some(person.display_name.clone()),
            device_name: None,
        };
        match self
            .ask(Repeat::Unknown, async || {
                client.register(register.clone()).await
            })
            .await
        {
            Ok(_) => {}
            Err(Error::Client(error)) if error.code() == Code::Taken => {
                // Exposed to sign in with it.
                let password = Secret::new(self.password.expose());
                let name = person.username.as_str();
                self.ask(Repeat::Unknown, async || {
                    client.login(name, password.clone()).await
                })
                .await
                .map_err(|error| match error {
                    Error::Client(error) if error.code() == Code::WrongCredentials => Error::coded(
                        Code::WrongCredentials,
                        format!(
                            "{name} exists with another password; give it with --password-file"
                        ),
                    ),
                    other => other,
                })?;
            }
            Err(error) => return Err(error),
        }
        Ok(client)
    }

    /// Says one thing.
    async fn say_one(
        &self,
        conversation_id: ConversationId,
        said: &Said,
        reply_to: Option<MessageId>,
    ) -> Result<Option<Known>> {
        let client = &self.clients[said.author];
        let mut send = saying(conversation_id, said, reply_to)?;
        if let Some(file) = said.file {
            send.attachment_ids = Some(vec![self.upload(client, file).await?]);
        }
        let sent = self
            .ask(Repeat::Unknown, async || client.call(send.clone()).await)
            .await;
        match sent {
            Ok(sent) => Ok(Some(Known {
                id: sent.message.id,
                seq: sent.message.seq,
                is_new: !sent.duplicate,
            })),
            // It was said before, with the file of that time.
            Err(Error::Client(error))
                if error.code() == Code::IdempotencyConflict && said.file.is_some() =>
            {
                for attachment_id in send.attachment_ids.iter().flatten() {
                    let delete = DeleteAttachment {
                        attachment_id: *attachment_id,
                    };
                    self.ask(Repeat::Unknown, async || client.call(delete.clone()).await)
                        .await?;
                }
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn upload(&self, client: &Client, file: Enclosed) -> Result<AttachmentId> {
        let about = about(file)?;
        let call = async || {
            client
                .upload(about.clone(), file.media_type(), file.bytes())
                .await
        };
        // What no message carries in the end is collected.
        Ok(self.ask(Repeat::Unknown, call).await?.id)
    }
}

impl Stage for Network {
    const AT_ONCE: usize = 1;

    async fn enter(&mut self, people: &[Person], bar: &ProgressBar) -> Result<()> {
        for person in people {
            let client = self.person(person).await?;
            self.clients.push(client);
            bar.inc(1);
        }
        Ok(())
    }

    async fn open(&mut self, planned: &Planned) -> Result<ConversationId> {
        let owner = planned.members[0];
        let mut member_ids = Vec::new();
        for member in &planned.members[1..] {
            member_ids.push(self.id(*member)?);
        }
        if let Some(title) = &planned.title
            && let Some(id) = self.groups_of(owner).await?.get(title)
        {
            // Another seed may have opened it with others; who is in it already stays as they are.
            let add = AddMembers {
                conversation_id: *id,
                user_ids: member_ids,
                role: None,
            };
            let client = &self.clients[owner];
            let id = add.conversation_id;
            self.ask(Repeat::Unknown, async || client.call(add.clone()).await)
                .await?;
            return Ok(id);
        }
        let create = opening(planned, member_ids)?;
        let client = &self.clients[owner];
        // A group would be opened twice: only a refusal for too many calls leads to a second call.
        let call = async || client.call(create.clone()).await;
        let created = self.ask(Repeat::Refused, call).await?;
        Ok(created.conversation.id)
    }

    async fn say(
        &self,
        conversation: ConversationId,
        said: &[Said],
        reply_to: Option<MessageId>,
    ) -> Result<Vec<Option<Known>>> {
        let mut all = Vec::with_capacity(said.len());
        for (nth, said) in said.iter().enumerate() {
            let reply_to = reply_to.filter(|_| nth == 0);
            all.push(self.say_one(conversation, said, reply_to).await?);
        }
        Ok(all)
    }

    async fn edit(&self, author: usize, message: MessageId, text: &str, _: i64) -> Result<()> {
        let client = &self.clients[author];
        let edit = edition(message, text)?;
        self.ask(Repeat::Unknown, async || client.call(edit.clone()).await)
            .await?;
        Ok(())
    }

    async fn react(&self, person: usize, message: MessageId, emoji: &str, _: i64) -> Result<()> {
        let client = &self.clients[person];
        let react = reaction(message, emoji)?;
        self.ask(Repeat::Unknown, async || client.call(react.clone()).await)
            .await?;
        Ok(())
    }

    async fn read(
        &self,
        conversation_id: ConversationId,
        reader: usize,
        seq: Seq,
        _: i64,
    ) -> Result<()> {
        let client = &self.clients[reader];
        let read = MarkRead {
            conversation_id,
            seq,
        };
        self.ask(Repeat::Unknown, async || client.call(read.clone()).await)
            .await?;
        Ok(())
    }
}

/// The request that opens a conversation.
pub(super) fn opening(planned: &Planned, member_ids: Vec<UserId>) -> Result<CreateConversation> {
    let broken = |rule: &str| Error::Failed(format!("a planned title {rule}"));
    let title = planned
        .title
        .clone()
        .map(Title::parse)
        .transpose()
        .map_err(broken)?;
    Ok(CreateConversation {
        kind: if title.is_some() {
            ConversationKind::Group
        } else {
            ConversationKind::Direct
        },
        title,
        description: None,
        message_ttl_s: None,
        member_ids,
    })
}

/// The request that says something.
pub(super) fn saying(
    conversation_id: ConversationId,
    said: &Said,
    reply_to: Option<MessageId>,
) -> Result<SendMessage> {
    Ok(SendMessage {
        client_id: Some(said.client_id.clone()),
        reply_to,
        ..SendMessage::text(conversation_id, body(&said.text)?)
    })
}

/// The request that makes another text of a message.
pub(super) fn edition(message_id: MessageId, text: &str) -> Result<EditMessage> {
    Ok(EditMessage {
        message_id,
        content: body(text)?,
        mentions: None,
        client_id: None,
    })
}

/// The request that puts an emoji under a message.
pub(super) fn reaction(message_id: MessageId, emoji: &str) -> Result<AddReaction> {
    let emoji = Emoji::parse(emoji.to_owned())
        .map_err(|rule| Error::Failed(format!("a planned emoji {rule}")))?;
    Ok(AddReaction::new(message_id, emoji))
}

/// What is said of a file.
pub(super) fn about(file: Enclosed) -> Result<CreateAttachment> {
    let name = FileName::parse(file.name().to_owned())
        .map_err(|rule| Error::Failed(format!("a planned file name {rule}")))?;
    Ok(CreateAttachment {
        file_name: Some(name),
        duration_ms: None,
        waveform: None,
    })
}

fn body(text: &str) -> Result<MessageBody> {
    MessageBody::parse(text.to_owned())
        .map_err(|rule| Error::Failed(format!("a planned message {rule}")))
}
