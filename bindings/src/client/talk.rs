//! Conversations and who is in them: beginning one, finding people, coming and going.

use crate::{
    ChatClient, ChatError, ConversationType, MemberPageItem, PersonPage, PrefsChange, error::parsed,
};
use chat_core::{
    AddMembers, BlockUser, ChangeConversation, ChangePrefs, ConversationId, CreateConversation,
    Endpoint, LeaveConversation, ListMembers, ListUsers, Nickname, RemoveMember, Timestamp, Title,
    UnblockUser, UserId,
};

#[uniffi::export]
impl ChatClient {
    /// Looks for people by the beginning of their names.
    #[uniffi::method(default(limit = 50, cursor = None))]
    pub async fn find_people(
        &self,
        text: String,
        limit: u32,
        cursor: Option<String>,
    ) -> Result<PersonPage, ChatError> {
        self.ask(move |client| async move {
            let asked = ListUsers {
                q: Some(text).filter(|text| !text.is_empty()),
                limit: Some(limit),
                cursor,
            };
            Ok(client.call(asked).await?.into())
        })
        .await
    }

    /// Begins a conversation: a direct one with exactly one other and no title; that of a pair is always the same. Its id.
    #[uniffi::method(default(title = None))]
    pub async fn create_conversation(
        &self,
        kind: ConversationType,
        member_ids: Vec<String>,
        title: Option<String>,
    ) -> Result<String, ChatError> {
        self.finish(move |client| async move {
            let title = title.map(Title::parse).transpose();
            let request = CreateConversation {
                kind: kind.into(),
                title: title.map_err(|rule| ChatError::invalid("title", rule))?,
                description: None,
                message_ttl_s: None,
                member_ids: people("member_ids", &member_ids)?,
            };
            Ok(client.call(request).await?.conversation.id.to_string())
        })
        .await
    }

    /// Gives a group or channel another title.
    pub async fn set_title(&self, conversation_id: String, title: String) -> Result<(), ChatError> {
        self.told(move || {
            let title = Title::parse(title).map_err(|rule| ChatError::invalid("title", rule))?;
            Ok(ChangeConversation {
                title: Some(title),
                ..ChangeConversation::of(id(&conversation_id)?)
            })
        })
        .await
    }

    /// Changes what one has set for oneself alone in a conversation.
    pub async fn set_prefs(
        &self,
        conversation_id: String,
        change: PrefsChange,
    ) -> Result<(), ChatError> {
        self.told(move || {
            let nickname = change.nickname.map(Nickname::parse).transpose();
            Ok(ChangePrefs {
                conversation_id: id(&conversation_id)?,
                muted_until: change.muted_until_ms.map(Timestamp::from_ms),
                pinned: change.is_pinned,
                archived: change.is_archived,
                nickname: nickname.map_err(|rule| ChatError::invalid("nickname", rule))?,
                draft: None,
            })
        })
        .await
    }

    /// Who is in a conversation.
    #[uniffi::method(default(limit = 50, cursor = None))]
    pub async fn members(
        &self,
        conversation_id: String,
        limit: u32,
        cursor: Option<String>,
    ) -> Result<MemberPageItem, ChatError> {
        self.ask(move |client| async move {
            let asked = ListMembers {
                conversation_id: id(&conversation_id)?,
                limit: Some(limit),
                cursor,
            };
            Ok(client.call(asked).await?.into())
        })
        .await
    }

    /// Brings people into a group or channel.
    pub async fn add_members(
        &self,
        conversation_id: String,
        user_ids: Vec<String>,
    ) -> Result<(), ChatError> {
        self.told(move || {
            Ok(AddMembers {
                conversation_id: id(&conversation_id)?,
                user_ids: people("user_ids", &user_ids)?,
                role: None,
            })
        })
        .await
    }

    /// Takes somebody out of a group or channel.
    pub async fn remove_member(
        &self,
        conversation_id: String,
        user_id: String,
    ) -> Result<(), ChatError> {
        self.told(move || {
            Ok(RemoveMember {
                conversation_id: id(&conversation_id)?,
                user_id: parsed("user_id", &user_id)?,
            })
        })
        .await
    }

    /// Leaves a group or channel.
    pub async fn leave(&self, conversation_id: String) -> Result<(), ChatError> {
        self.told(move || {
            Ok(LeaveConversation {
                conversation_id: id(&conversation_id)?,
            })
        })
        .await
    }

    /// Does not want to hear from somebody.
    pub async fn block(&self, user_id: String) -> Result<(), ChatError> {
        self.told(move || {
            let user_id = parsed("user_id", &user_id)?;
            Ok(BlockUser { user_id })
        })
        .await
    }

    /// Hears from somebody again.
    pub async fn unblock(&self, user_id: String) -> Result<(), ChatError> {
        self.told(move || {
            let user_id = parsed("user_id", &user_id)?;
            Ok(UnblockUser { user_id })
        })
        .await
    }
}

impl ChatClient {
    /// Makes a call whose answer is of no interest.
    pub(super) async fn told<E>(
        &self,
        request: impl FnOnce() -> Result<E, ChatError> + Send + 'static,
    ) -> Result<(), ChatError>
    where
        E: Endpoint<Reply: Send> + Send + 'static,
    {
        self.finish(move |client| async move {
            client.call(request()?).await?;
            Ok(())
        })
        .await
    }
}

fn id(text: &str) -> Result<ConversationId, ChatError> {
    parsed("conversation_id", text)
}

fn people(field: &str, ids: &[String]) -> Result<Vec<UserId>, ChatError> {
    ids.iter().map(|id| parsed(field, id)).collect()
}
