//! Pages of the protocol: a list is asked for until enough is there, whatever is in it.

use super::{Repeat, wait_out};
use crate::{error::Result, output::Output};
use chat_client::Client;
use chat_core::{
    Account, AccountPage, Attachment, AttachmentPage, AuditEntry, AuditPage, Ban, BanPage, Contact,
    ContactPage, Conversation, ConversationInfo, ConversationInfoPage, ConversationPage, Endpoint,
    Invite, InvitePage, Member, MemberPage, Message, PinPage, Receipt, ReceiptPage, Report,
    ReportPage, Revision, RevisionPage, SearchHit, SearchPage, Session, SessionPage, User,
    UserPage,
};
use clap::Args;

/// The most that a page holds.
const PAGE: u32 = 100;

/// How many to list.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Most {
    /// At most this many, or all [default: 50 on a terminal, else all]
    #[arg(short = 'n', long, value_name = "N", value_parser = limit)]
    limit: Option<usize>,
}

/// What a person reads at once.
const AT_ONCE: usize = 50;

impl Most {
    /// How many are asked for: a person sees the first, a program gets everything.
    pub(crate) fn of(self, out: &Output) -> usize {
        self.limit.unwrap_or(match out.is_terminal() {
            true => AT_ONCE,
            false => usize::MAX,
        })
    }
}

/// Reads a number, or `all`.
pub(crate) fn limit(text: &str) -> std::result::Result<usize, &'static str> {
    match text {
        "all" => Ok(usize::MAX),
        text => text.parse().map_err(|_| "must be a number, or all"),
    }
}

/// Tells a person that there is nothing in a list; or that it was cut off, and how to get the rest.
pub(crate) fn tell_of_rest(out: &Output, is_more: bool, shown: usize) {
    if shown == 0 && !is_more && out.is_terminal() {
        out.say("there is nothing to list");
    }
    if is_more && out.is_terminal() {
        let these = match shown {
            1 => "this one".to_owned(),
            _ => format!("these {shown}"),
        };
        out.say(&format!("there are more than {these}; all of them: -n all"));
    }
}

/// A part of a list, and where the next part is.
pub(crate) trait Page {
    /// What is listed.
    type Item;
    /// The part, and what to hand back for the next one.
    fn parts(self) -> (Vec<Self::Item>, Option<String>);
}

macro_rules! pages {
    ($($page:ident of $item:ident,)*) => {$(
        impl Page for $page {
            type Item = $item;

            fn parts(self) -> (Vec<$item>, Option<String>) {
                (self.items, self.next_cursor)
            }
        }
    )*};
}

pages! {
    AccountPage of Account,
    AttachmentPage of Attachment,
    AuditPage of AuditEntry,
    BanPage of Ban,
    ContactPage of Contact,
    ConversationPage of Conversation,
    ConversationInfoPage of ConversationInfo,
    InvitePage of Invite,
    MemberPage of Member,
    PinPage of Message,
    ReceiptPage of Receipt,
    ReportPage of Report,
    RevisionPage of Revision,
    SearchPage of SearchHit,
    SessionPage of Session,
    UserPage of User,
}

/// The first so many. `ask` makes the call for a page of a size, from a cursor on.
pub(crate) async fn first<E>(
    client: &Client,
    most: usize,
    ask: impl Fn(Option<u32>, Option<String>) -> E,
) -> Result<Vec<<E::Reply as Page>::Item>>
where
    E: Endpoint,
    E::Reply: Page,
{
    let mut all = Vec::new();
    each(client, most, ask, |items| {
        all.extend(items);
        Ok(true)
    })
    .await?;
    Ok(all)
}

/// The same, handed on page by page as they come, for as long as more are wanted. A server that finds there are too many
/// calls is waited for. Returns whether there are more than were asked for.
pub(crate) async fn each<E>(
    client: &Client,
    most: usize,
    ask: impl Fn(Option<u32>, Option<String>) -> E,
    mut take: impl FnMut(Vec<<E::Reply as Page>::Item>) -> Result<bool>,
) -> Result<bool>
where
    E: Endpoint,
    E::Reply: Page,
{
    let (mut left, mut cursor) = (most, None);
    while left > 0 {
        let size = u32::try_from(left).unwrap_or(PAGE).min(PAGE);
        let call = async || client.call(ask(Some(size), cursor.clone())).await;
        let reply = wait_out(Repeat::Refused, |_| {}, call).await?;
        let (mut items, next) = reply.parts();
        items.truncate(left);
        left -= items.len();
        let is_more_wanted = take(items)?;
        cursor = next;
        if cursor.is_none() || !is_more_wanted {
            break;
        }
    }
    Ok(left == 0 && cursor.is_some())
}
