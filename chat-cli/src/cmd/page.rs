//! Pages of the protocol: a list is asked for until enough is there, whatever is in it.

use crate::error::Result;
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
    /// At most this many
    #[arg(short = 'n', long, default_value_t = 50)]
    pub(crate) limit: usize,
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
    let (mut all, mut cursor) = (Vec::new(), None);
    while all.len() < most {
        let left = u32::try_from(most - all.len()).unwrap_or(PAGE).min(PAGE);
        let (items, next) = client.call(ask(Some(left), cursor.take())).await?.parts();
        all.extend(items);
        cursor = next;
        if cursor.is_none() {
            break;
        }
    }
    all.truncate(most);
    Ok(all)
}
