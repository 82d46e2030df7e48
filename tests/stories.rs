//! Stories: facts about the whole system, told through its public doors.

// Always so here; it tells the lints that all of this is tests, the functions between them too.
#[cfg(test)]
mod stories {
    mod accounts;
    mod admin;
    mod attachments;
    mod audit;
    mod avatars;
    mod bad_input;
    mod bans;
    mod catching_up;
    mod channels;
    mod cli;
    mod coming_from;
    mod contacts;
    mod conversations;
    mod damage;
    mod disappearing;
    mod documents;
    mod durability;
    mod embed;
    mod faults;
    mod file_places;
    mod forwards;
    mod frames;
    mod half_done;
    mod hand_over;
    mod handshake;
    mod history;
    mod http;
    mod invites;
    mod keys;
    mod limits;
    mod mail;
    mod marks;
    mod matrix;
    mod members;
    mod mentions;
    mod messages;
    mod metadata;
    mod operations;
    mod pins;
    mod postgres;
    mod prefs;
    mod presence;
    mod privacy;
    mod processes;
    mod reactions;
    mod receipts;
    mod repeating;
    mod replies;
    mod reports;
    mod restoring;
    mod revisions;
    mod sdk;
    mod search;
    mod secrets;
    mod sessions;
    mod snapshots;
    mod sockets;
    mod stalling;
    mod system_notes;
    mod tui;
    mod unread;
}
