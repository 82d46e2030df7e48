//! The rules of membership: who brings in, takes out and promotes whom, and that a group always has an owner.

mod ban;

pub(crate) use ban::{add as add_ban, list as list_bans, remove as remove_ban};

use crate::{
    App, Error,
    app::DONE,
    audit::{self, Deed},
    auth::Caller,
    conversation::{
        self, delete_for_all, log, log_at, note, require, require_existing, require_fit,
        require_right, tell_gone, tell_new,
    },
    cursor,
    message::Note,
    store::{self, member::NewMember},
    writer::{Tx, run_once},
};
use chat_core::{
    AddMembers, ChangeMember, Code, ConversationId, ConversationKind, Empty, Event, GoneReason,
    LeaveConversation, Limits, ListMembers, Member, MemberChange, MemberPage, MemberRole,
    RemoveMember, Right, Seq, SystemAction, Timestamp, UserId,
};

pub(crate) async fn list(
    app: &App,
    caller: &Caller,
    input: ListMembers,
) -> Result<MemberPage, Error> {
    let limit = input.limit();
    let after: Option<(Seq, UserId)> = cursor::read(input.cursor.as_deref())?;
    let mut conn = app.db.snapshot().await?;
    let user = caller.user()?;
    let standing = require(&mut conn, input.conversation_id, user).await?;
    let mut page = store::member::page(&mut conn, input.conversation_id, after, limit + 1).await?;
    // One's own mark is never hidden from oneself.
    for (_, own) in page.iter_mut().filter(|(_, member)| member.user.id == user) {
        own.read_seq = standing.read_seq;
    }
    let (page, next_cursor) = cursor::page(page, limit, |(seq, member)| (*seq, member.user.id));
    Ok(MemberPage {
        items: page.into_iter().map(|(_, member)| member).collect(),
        next_cursor,
    })
}

pub(crate) async fn add(
    app: &App,
    caller: &Caller,
    input: AddMembers,
) -> Result<MemberPage, Error> {
    let user = caller.user()?;
    let mut ids = input.user_ids;
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Err(Error::invalid("user_ids", "must name somebody"));
    }
    let id = input.conversation_id;
    let role = input.role.unwrap_or(MemberRole::Member);
    require_fit(app, "user_ids", &ids, 0)?;
    let (note, most) = (note(app, user), app.config.limits.members);
    let items = run_once(app, caller.once.clone(), move |tx| {
        Box::pin(async move {
            let standing = require_right(tx, id, user, Right::AddMembers).await?;
            if role > MemberRole::Member && standing.role < MemberRole::Owner {
                return Err(Error::forbidden(
                    "only an owner of the conversation gives roles",
                ));
            }
            require_existing(tx, "user_ids", &ids).await?;
            require_welcome(tx, id, user, &ids).await?;
            let mut added = Vec::new();
            for new in ids {
                if store::member::find(tx, id, new).await?.is_none() {
                    added.push(join(tx, id, user, new, role, most, note.at).await?);
                }
            }
            let new: Vec<_> = added.iter().map(|new| new.user_id).collect();
            if !new.is_empty() {
                note.say(tx, id, SystemAction::Added, &new, None).await?;
            }
            tell_new(tx, id, &added, note.at).await?;
            let mut items = Vec::with_capacity(added.len());
            for new in &added {
                items.extend(store::member::find(tx, id, new.user_id).await?);
            }
            Ok(items)
        })
    })
    .await?;
    Ok(MemberPage {
        items,
        next_cursor: None,
    })
}

/// Who is kept out of a conversation, or does not want to be added by somebody, is not added.
async fn require_welcome(
    tx: &mut Tx,
    id: ConversationId,
    by: UserId,
    ids: &[UserId],
) -> Result<(), Error> {
    if let Some(banned) = store::ban::any(tx, id, ids).await? {
        return Err(Error::rule(
            Code::Conflict,
            format!("{banned} is banned from the conversation; lift the ban first"),
        ));
    }
    match store::block::any(tx, ids, by).await? {
        Some(id) => Err(Error::forbidden(format!("{id} cannot be added by you"))),
        None => Ok(()),
    }
}

pub(crate) async fn join(
    tx: &mut Tx,
    id: ConversationId,
    by: UserId,
    new: UserId,
    role: MemberRole,
    most: u32,
    now: Timestamp,
) -> Result<NewMember, Error> {
    let joined_seq = store::conversation::take_seq(tx, id, now).await?;
    let member = NewMember {
        user_id: new,
        role,
        joined_seq,
    };
    store::member::insert(tx, id, std::slice::from_ref(&member), now).await?;
    let member_count = store::conversation::add_to_member_count(tx, id, 1).await?;
    if member_count > most {
        return Err(Error::invalid(
            "user_ids",
            format!("would make more than {most} members"),
        ));
    }
    let change = MemberChange {
        member: stored(tx, id, new).await?,
        member_count,
        by,
        moved_up: None,
    };
    log_at(tx, id, joined_seq, by, now, Event::MemberJoined(change)).await?;
    Ok(member)
}

pub(crate) async fn stored(tx: &mut Tx, id: ConversationId, user: UserId) -> Result<Member, Error> {
    store::member::find(tx, id, user)
        .await?
        .ok_or_else(|| Error::not_found("member"))
}

pub(crate) async fn change(
    app: &App,
    caller: &Caller,
    input: ChangeMember,
) -> Result<Member, Error> {
    let user = caller.user()?;
    let (note, deed) = (note(app, user), Deed::of(app, caller));
    app.writer
        .run(move |tx| {
            Box::pin(async move {
                let id = input.conversation_id;
                let standing = require_right(tx, id, user, Right::GiveRoles).await?;
                let before = stored(tx, id, input.user_id).await?;
                if before.role == input.role {
                    return Ok(before);
                }
                if before.role == MemberRole::Owner {
                    require_another_owner(tx, id, input.user_id).await?;
                }
                store::member::set_role(tx, id, input.user_id, input.role).await?;
                let member = stored(tx, id, input.user_id).await?;
                let change = MemberChange {
                    member: member.clone(),
                    member_count: standing.member_count,
                    by: user,
                    moved_up: None,
                };
                log(tx, id, user, note.at, Event::MemberChanged(change)).await?;
                let role = store::member::role_word(member.role)?.to_owned();
                let whom = [member.user.id];
                let place = audit::place(tx, id).await?;
                let detail = Some(format!("role {role}, in {place}"));
                deed.record(tx, "member.change", Some(member.user.id.uuid()), detail)
                    .await?;
                note.say(tx, id, SystemAction::RoleChanged, &whom, Some(role))
                    .await?;
                Ok(member)
            })
        })
        .await
}

/// An owner who cannot sign in looks after nobody.
async fn require_another_owner(tx: &mut Tx, id: ConversationId, but: UserId) -> Result<(), Error> {
    match store::member::has_other_owner(tx, id, but).await? {
        true => Ok(()),
        false => Err(Error::rule(
            Code::LastOwner,
            "make somebody else an owner first",
        )),
    }
}

pub(crate) async fn remove(
    app: &App,
    caller: &Caller,
    input: RemoveMember,
) -> Result<Empty, Error> {
    let user = caller.user()?;
    let (note, deed) = (note(app, user), Deed::of(app, caller));
    app.writer
        .run(move |tx| {
            Box::pin(async move {
                let (id, whom) = (input.conversation_id, input.user_id);
                let standing = require_right(tx, id, user, Right::RemoveMembers).await?;
                let other = stored(tx, id, whom).await?;
                remove_by(tx, id, standing.role, other, note).await?;
                let detail = Some(format!("from {}", audit::place(tx, id).await?));
                deed.record(tx, "member.remove", Some(whom.uuid()), detail)
                    .await
            })
        })
        .await?;
    Ok(DONE)
}

/// Takes a member out, if whoever wants it stands above them.
pub(crate) async fn remove_by(
    tx: &mut Tx,
    id: ConversationId,
    role: MemberRole,
    other: Member,
    note: Note,
) -> Result<(), Error> {
    if other.user.id == note.by {
        return Err(Error::forbidden("leave the conversation instead"));
    }
    if other.role >= role && role < MemberRole::Owner {
        return Err(Error::forbidden(
            "only an owner of the conversation takes out admins and owners",
        ));
    }
    if other.role == MemberRole::Owner {
        require_another_owner(tx, id, other.user.id).await?;
    }
    let whom = [other.user.id];
    take_out(tx, id, note.by, other, note.at).await?;
    note.say(tx, id, SystemAction::Removed, &whom, None).await
}

pub(crate) async fn leave(
    app: &App,
    caller: &Caller,
    input: LeaveConversation,
) -> Result<Empty, Error> {
    let user = caller.user()?;
    let note = note(app, user);
    run_once(app, caller.once.clone(), move |tx| {
        Box::pin(async move {
            let id = input.conversation_id;
            let standing = require(tx, id, user).await?;
            if standing.kind == ConversationKind::Direct {
                return Err(Error::forbidden(
                    "a direct conversation stays between its two people; archive it instead",
                ));
            }
            if standing.member_count == 1 {
                // Nobody would ever see it again.
                return delete_for_all(tx, id, note.at).await;
            }
            let member = stored(tx, id, user).await?;
            if member.role == MemberRole::Owner {
                require_another_owner(tx, id, user).await?;
            }
            take_out(tx, id, user, member, note.at).await?;
            note.say(tx, id, SystemAction::Left, &[], None).await
        })
    })
    .await?;
    Ok(DONE)
}

/// Takes a member out. They are told first, and hear nothing of the conversation after that.
pub(crate) async fn take_out(
    tx: &mut Tx,
    id: ConversationId,
    by: UserId,
    member: Member,
    now: Timestamp,
) -> Result<(), Error> {
    let first = store::member::page(tx, id, None, MEMBERS_SHOWN).await?;
    let was_shown = first
        .iter()
        .any(|(_, shown)| shown.user.id == member.user.id);
    store::member::delete(tx, id, member.user.id).await?;
    let member_count = store::conversation::add_to_member_count(tx, id, -1).await?;
    let moved_up = match was_shown {
        true => match store::member::nth(tx, id, MEMBERS_SHOWN - 1).await? {
            Some(next) => store::member::find(tx, id, next).await?,
            None => None,
        },
        false => None,
    };
    tell_gone(tx, id, &[member.user.id], GoneReason::Left, now).await?;
    let change = MemberChange {
        member,
        member_count,
        by,
        moved_up,
    };
    conversation::log(tx, id, by, now, Event::MemberLeft(change))
        .await
        .map(drop)
}

const MEMBERS_SHOWN: u32 = Limits::MEMBERS_SHOWN as u32;
