//! Who has received and read a message. Every member may know, as far as the others let it be seen.

use super::visible;
use crate::{App, Error, auth::Caller, cursor, store};
use chat_core::{ListReceipts, ReceiptPage, Seq, UserId};

pub(crate) async fn list(
    app: &App,
    caller: &Caller,
    input: ListReceipts,
) -> Result<ReceiptPage, Error> {
    let limit = input.limit();
    let after: Option<(Seq, UserId)> = cursor::read(input.cursor.as_deref())?;
    let mut conn = app.db.snapshot().await?;
    let (message, _) = visible(&mut conn, input.message_id, caller.user()?).await?;
    let page = store::member::receipts(&mut conn, &message, after, limit + 1).await?;
    let (page, next_cursor) = cursor::page(page, limit, |(joined_seq, receipt)| {
        (*joined_seq, receipt.user.id)
    });
    Ok(ReceiptPage {
        items: page.into_iter().map(|(_, receipt)| receipt).collect(),
        next_cursor,
    })
}
