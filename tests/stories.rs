//! Stories: facts about the whole system, told through its public doors.

// Always so here; it tells the lints that all of this is tests, the functions between them too.
#[cfg(test)]
mod stories {
    mod accounts;
    mod bad_input;
    mod catching_up;
    mod cli;
    mod coming_from;
    mod conversations;
    mod damage;
    mod documents;
    mod durability;
    mod elsewhere;
    mod embed;
    mod frames;
    mod handshake;
    mod history;
    mod http;
    mod marks;
    mod members;
    mod messages;
    mod operations;
    mod presence;
    mod repeating;
    mod sdk;
    mod secrets;
    mod sessions;
    mod snapshots;
    mod sockets;
    mod stalling;
    mod tui;
}
