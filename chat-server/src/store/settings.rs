//! Settings of users as they are stored. The column is empty where nothing was ever changed.

use super::{Conn, sql, unwritable};
use chat_core::{Settings, UserId};

pub(crate) async fn set(conn: &mut Conn, user: UserId, settings: &Settings) -> sqlx::Result<()> {
    if !settings.is_known() {
        return Err(unwritable("setting"));
    }
    let json = serde_json::to_string(settings).expect("settings are plain values");
    sql!(
        conn,
        execute,
        "update users set settings = $2 where id = $1",
        user.uuid(),
        json,
    )
    .map(drop)
}
