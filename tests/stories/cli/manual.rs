//! The manual: pages, completions, and the recipes, which are run as they stand.

use super::NO_LIMITS;
use chat_tests::{Home, Process, program, until};

const RECIPES: &str = include_str!("../../../docs/recipes.md");

/// What stands between ```sh and ```, one block after the other.
fn scripts(page: &str) -> Vec<&str> {
    let blocks = page.split("```sh\n").skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap_or_default())
        .collect()
}

#[tokio::test]
async fn the_recipes_run_as_they_stand() {
    let home = Home::new();
    let server = home
        .serve(
            "127.0.0.1:0",
            &[NO_LIMITS, &["--local-socket", "chat.sock"]].concat(),
        )
        .await;
    let directory = program("chat")
        .parent()
        .expect("it is in a directory")
        .to_owned();
    let path = format!(
        "{}:{}",
        directory.display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let scripts = scripts(RECIPES);
    assert!(scripts.len() > 10, "{}", scripts.len());

    // One after the other in one directory, as a reader would.
    for script in scripts {
        let run = async || {
            let mut command = home.command("bash");
            command
                .args(["-euo", "pipefail", "-c", script])
                .env("PATH", &path)
                .env("CHAT_SERVER", server.url())
                .env("CHAT_DATABASE", home.database())
                .env_remove("CHAT_OUTPUT");
            let ended = Process::start(&mut command).ended().await;
            match ended.code == Some(0) {
                true => Ok(()),
                false => Err(format!("{script}\n{ended:#?}")),
            }
        };
        match script.contains("chat health") || script.contains("chat doctor") {
            // Those change nothing, and have little patience with a machine that stands still.
            true => until("it is well", run).await,
            false => run().await.unwrap_or_else(|why| panic!("{why}")),
        }
    }
}

#[tokio::test]
async fn every_command_has_a_page_and_shells_know_the_words() {
    let home = Home::new();

    home.run(&["man", "--to", "man1"]).await.ok();
    let page = home.run(&["man", "user", "import"]).await.ok();
    let unknown = home.run(&["man", "moon"]).await;
    let completions = home.run(&["completions", "bash"]).await.ok();

    let pages = std::fs::read_dir(home.path().join("man1")).unwrap().count();
    assert!(pages > 80, "{pages}");
    assert!(page.contains(".TH") && page.contains("exists"), "{page}");
    assert_eq!(unknown.code, Some(2), "{unknown:?}");
    assert!(
        completions.contains("reset-password"),
        "completions name commands"
    );
}
