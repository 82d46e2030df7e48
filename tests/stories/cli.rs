//! `chat` as it is run: processes with exit codes, pipes and signals, each in a home of its own.

mod administering;
mod archiving;
mod benching;
mod careful;
mod codes;
mod doctor;
mod every_table;
mod fetching;
mod first_day;
mod golden;
mod health;
mod house;
mod killed;
mod local;
mod manual;
mod migrating;
mod moving;
mod once;
mod people;
mod plainly_told;
mod printing;
mod profiles;
mod releases;
mod rooms;
mod saying;
mod secrecy;
mod seeding;
mod serving;
mod settings;
mod signing;
mod sitting;
mod tailing;
mod talking;
mod tokens;

use chat_tests::{Home, Serving, sdk};

/// Limits on rates that no story meets by accident.
const NO_LIMITS: &[&str] = &[
    "--set",
    "limits.sends_per_minute=1000000",
    "--set",
    "limits.calls_per_minute=1000000",
    "--set",
    "limits.anonymous_calls_per_minute=1000000",
    "--set",
    "limits.conversation_sends_per_minute=1000000",
    "--set",
    "limits.reads_per_minute=1000000",
    "--set",
    "shutdown_spread_ms=100",
];

/// A server in this home, where nobody waits for a limit.
async fn serve(home: &Home, listen: &str) -> Serving {
    home.serve(listen, NO_LIMITS).await
}

/// Makes an account straight in the database of the home.
async fn create(home: &Home, name: &str, more: &[&str]) -> Vec<serde_json::Value> {
    let database = home.database();
    let mut words = vec!["user", "create", name, "--database", &database];
    words.extend(more);
    home.run_with(&words, &format!("{}\n", sdk::PASSWORD))
        .await
        .json()
}

/// Signs in on the command line.
async fn login(home: &Home, server: &Serving, name: &str) {
    let words = ["auth", "login", name, "--server", &server.url()];
    home.run_with(&words, &format!("{}\n", sdk::PASSWORD))
        .await
        .ok();
}
