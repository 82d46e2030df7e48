//! What takes an answer: from the server, or from this device where the server cannot be asked.

use super::{Effect, Further, Wish, files, wish};
use crate::{
    Msg,
    model::{Found, person_name},
    update::no_prefs,
};
use chat_client::{Client, ConversationHandle, Error, Ticket};
use chat_core::{
    ChangePrefs, ConversationId, ConversationKind, CreateConversation, Draft, History, ListUsers,
    SearchMessages, SearchText, Seq, Title, User, text,
};

/// Messages of history per request.
const PAGE: u32 = 60;
/// Messages that a search shows at a time.
const FOUND: u32 = 50;
/// So many people are offered for a name that is being typed.
const OFFERED: u32 = 8;

/// Does it, and says what came of it.
pub(super) async fn ask(client: Client, effect: Effect) -> Option<Msg> {
    match effect {
        Effect::SignOut => match client.logout().await {
            Ok(()) => Some(Msg::SignedOut(None)),
            Err(error) => Some(Msg::Failed(format!("failed to sign out: {error}"))),
        },
        Effect::SignInAgain { name, password } => match client.login(&name, password).await {
            Ok(_) => {
                client.start();
                None
            }
            Err(error) => Some(Msg::SignedOut(Some(format!("failed to sign in: {error}")))),
        },
        Effect::Load(asked) => {
            let conversation = asked.conversation_id;
            let limit = Some(PAGE);
            let handle = client.conversation(conversation);
            let loaded = handle.load(History { limit, ..asked }).await;
            let came = loaded.map_err(|error| error.to_string());
            Some(Msg::OlderLoaded { conversation, came })
        }
        Effect::Find { conversation, seq } => Some(find(&client, conversation, seq).await),
        Effect::Search {
            typed,
            within,
            further,
        } => Some(search(&client, typed, within, further).await),
        effect @ (Effect::Edit { .. }
        | Effect::Delete { .. }
        | Effect::React(..)
        | Effect::Unreact(..)) => change(&client, effect).await,
        Effect::Create {
            usernames,
            title,
            is_channel,
        } => {
            let created = create(&client, usernames, title, is_channel).await;
            Some(Msg::Created(created))
        }
        Effect::SendFile {
            conversation,
            path,
            caption,
            reply_to,
        } => Some(files::send(&client, conversation, &path, (caption, reply_to)).await),
        Effect::CompletePath(typed) => Some(files::complete(typed).await),
        Effect::CompletePerson(typed) => Some(people(&client, typed).await),
        Effect::ListNames(id) => Some(names(&client, id).await),
        Effect::Picture(file) => Some(files::picture(&client, file).await),
        Effect::Ask(wish) => Some(answer(&client, wish).await),
        // The rest is the terminal's, or was done where it came in.
        _ => None,
    }
}

/// What was begun on another device and is done with here is done with there, too.
pub(super) async fn forget_draft(client: Client, conversation: ConversationId) -> Option<Msg> {
    let is_there = client.read(|state| {
        let known = state.conversation(conversation);
        known.is_some_and(|known| known.conversation().my.prefs.draft.is_some())
    });
    if is_there {
        let change = ChangePrefs {
            draft: Some(Draft::parse("").ok()?),
            ..no_prefs(conversation)
        };
        // Without a connection it does not come back here, but on other devices.
        client.call(change).await.ok();
    }
    None
}

/// Changes a message; what waits in the outbox says nothing until the server has refused it.
async fn change(client: &Client, effect: Effect) -> Option<Msg> {
    match effect {
        Effect::Edit {
            conversation,
            message,
            body,
        } => {
            let text = body.to_string();
            let handle = client.conversation(conversation);
            let error = refusal(&handle, handle.edit(message, body)).await?;
            Some(Msg::EditFailed {
                conversation,
                message,
                text,
                error,
            })
        }
        Effect::Delete {
            conversation,
            message,
        } => {
            let handle = client.conversation(conversation);
            let error = refusal(&handle, handle.delete(message)).await?;
            Some(Msg::Failed(format!("failed to delete: {error}")))
        }
        Effect::React(id, react) => {
            let handle = client.conversation(id);
            let ticket = handle.react(react.message_id, react.emoji);
            let error = refusal(&handle, ticket).await?;
            Some(Msg::Failed(format!("failed to react: {error}")))
        }
        Effect::Unreact(id, back) => {
            let handle = client.conversation(id);
            let ticket = handle.unreact(back.message_id, back.emoji);
            let error = refusal(&handle, ticket).await?;
            Some(Msg::Failed(format!("failed to take it back: {error}")))
        }
        _ => None,
    }
}

/// Why the server refused; nothing when it did not, and when it goes out the next time. What was refused waits for nobody.
async fn refusal(handle: &ConversationHandle, ticket: Ticket) -> Option<String> {
    let key = ticket.key().clone();
    match ticket.done().await {
        Ok(()) | Err(Error::Stopped | Error::SignedOut) => None,
        Err(error) => {
            handle.discard(&key);
            Some(error.to_string())
        }
    }
}

async fn answer(client: &Client, wish: Wish) -> Msg {
    let form = wish.form();
    let unread = match &wish {
        Wish::Unread(unread) => Some(unread.conversation_id),
        _ => None,
    };
    match (wish::grant(client, wish).await, unread) {
        (Ok(msg), _) => msg,
        (Err(why), Some(conversation)) => Msg::StaysRead(conversation, why),
        (Err(why), None) => Msg::Refused(form, why),
    }
}

async fn find(client: &Client, conversation: ConversationId, seq: Seq) -> Msg {
    let is_known = || {
        client.read(|state| {
            let known = state.conversation(conversation);
            known.is_some_and(|known| known.stretch_of(seq).is_some())
        })
    };
    let asked = History {
        conversation_id: conversation,
        before: None,
        after: None,
        around: Some(seq),
        limit: Some(PAGE),
    };
    let error = match is_known() {
        true => None,
        false => match client.conversation(conversation).load(asked).await {
            Err(error) => Some(error.to_string()),
            // The page does not fit to what is known: something was said since that did not come yet.
            Ok(false) if !is_known() => {
                Some("it cannot be placed before the connection is back: try again then".to_owned())
            }
            Ok(_) => None,
        },
    };
    Msg::Placed {
        conversation,
        seq,
        error,
    }
}

async fn search(
    client: &Client,
    typed: String,
    within: Option<ConversationId>,
    further: Further,
) -> Msg {
    let words = match SearchText::parse(typed.as_str()) {
        Ok(words) => words,
        Err(rule) => {
            let why = format!("what you look for {rule}");
            return Msg::NotFound { typed, why };
        }
    };
    let Further { cursor, shown } = further;
    let goes_on = cursor.is_some();
    let asked = client.call(SearchMessages {
        q: Some(words),
        conversation_id: within,
        sender_id: None,
        before: None,
        after: None,
        limit: Some(FOUND),
        cursor,
    });
    let found = match asked.await {
        Ok(page) => {
            // What is shown and was not found by the server gives way.
            let behind = if goes_on { shown } else { 0 };
            let shown = behind + page.items.len();
            let further = page.next_cursor.map(|cursor| Further {
                cursor: Some(cursor),
                shown,
            });
            let messages = page.items.into_iter().map(|hit| hit.message);
            Ok(Found {
                messages: messages.collect(),
                kept: false,
                behind,
                further,
            })
        }
        Err(Error::Network { .. }) => {
            let behind = if goes_on { 0 } else { shown };
            kept(client, &typed, within, behind).await
        }
        Err(error) => Err(error),
    };
    match found {
        Ok(found) => Msg::Found { typed, found },
        Err(error) => Msg::NotFound {
            typed,
            why: format!("failed to search: {error}"),
        },
    }
}

/// What is found of what is kept on this machine, behind so many that are shown.
async fn kept(
    client: &Client,
    typed: &str,
    within: Option<ConversationId>,
    behind: usize,
) -> Result<Found, Error> {
    let page = usize::try_from(FOUND).unwrap_or(usize::MAX);
    let shown = behind.saturating_add(page);
    // One more tells whether there are more.
    let most = u32::try_from(shown.saturating_add(1)).unwrap_or(u32::MAX);
    let mut messages = client.search_kept(typed, within, most).await?;
    let further = (messages.len() > shown).then_some(Further {
        cursor: None,
        shown,
    });
    messages.truncate(shown);
    messages.drain(..behind.min(messages.len()));
    Ok(Found {
        messages,
        kept: true,
        behind,
        further,
    })
}

async fn create(
    client: &Client,
    usernames: Vec<String>,
    title: Option<String>,
    is_channel: bool,
) -> Result<ConversationId, String> {
    let mut member_ids = Vec::new();
    for name in &usernames {
        let user = find_user(client, name).await?;
        if !member_ids.contains(&user.id) {
            member_ids.push(user.id);
        }
    }
    let title = title.map(Title::parse).transpose();
    let title = title.map_err(|rule| format!("the title {rule}"))?;
    let kind = match (member_ids.len(), &title) {
        _ if is_channel => ConversationKind::Channel,
        (1, None) => ConversationKind::Direct,
        _ => ConversationKind::Group,
    };
    let request = CreateConversation {
        kind,
        title,
        description: None,
        message_ttl_s: None,
        member_ids,
    };
    let created = client
        .call(request)
        .await
        .map_err(|error| error.to_string())?;
    Ok(created.conversation.id)
}

/// Whom a name may mean, by the beginning of a username or of a word of what they are called.
async fn people(client: &Client, typed: String) -> Msg {
    let request = ListUsers {
        q: Some(typed.clone()),
        limit: Some(OFFERED),
        cursor: None,
    };
    match client.call(request).await {
        Err(error) => Msg::Failed(format!("failed to look for names: {error}")),
        Ok(page) => {
            let others = page.items.into_iter();
            let others = others.filter(|user| Some(user.id) != client.me());
            let options = others.map(|user| (user.username.clone(), person_name(&user)));
            Msg::Completed(typed, options.collect())
        }
    }
}

/// What all members are mentioned by, and what they are called.
async fn names(client: &Client, id: ConversationId) -> Msg {
    let members = wish::members(client, id).await;
    let names = members.map(|members| {
        let users = members.iter().map(|member| &member.user);
        let names = users.map(|user| {
            let username = text::inert_line(&user.username).into_owned();
            (username, person_name(user))
        });
        names.collect()
    });
    // Without them the first members are offered, and they are asked for again with the next connection.
    Msg::Names(id, names.ok())
}

pub(super) async fn find_user(client: &Client, name: &str) -> Result<User, String> {
    let found = client.find_user(name).await;
    let found = found.map_err(|error| error.to_string())?;
    found.ok_or_else(|| format!("there is no user called {name:?}"))
}
