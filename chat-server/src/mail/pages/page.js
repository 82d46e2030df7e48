"use strict";
const form = document.getElementById("form");
const state = document.getElementById("state");
const subjects = { token: "The link", new_password: "The password" };

function say(text, failed) {
  state.textContent = text;
  state.className = failed ? "failed" : "";
}

// Behind the hash, where no server and no proxy sees it.
function token() {
  return new URLSearchParams(location.hash.slice(1)).get("token");
}

function look() {
  form.hidden = !token();
  say(token() ? "" : "This link is not whole. Open it once more as it stands in the mail.", true);
}

// What is wrong, in a sentence for each field.
function told(problem) {
  const errors = Object.entries(problem.errors || {});
  const sentence = ([field, wrong]) => `${subjects[field] || field} ${wrong.join(" and ")}.`;
  return errors.map(sentence).join(" ") || problem.detail || "That did not work; try again.";
}

async function call() {
  const body = JSON.stringify({ token: token(), ...Object.fromEntries(new FormData(form)) });
  const headers = { "content-type": "application/json" };
  const answer = await fetch(form.dataset.call, { method: "POST", headers, body, credentials: "omit" });
  if (!answer.ok) throw new Error(told(await answer.json()));
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    await call();
    form.hidden = true;
    say(form.dataset.done, false);
    // It is used up, and nobody needs to find it in the history.
    history.replaceState(null, "", location.pathname);
  } catch (error) {
    say(error instanceof TypeError ? "The server cannot be reached; try again." : error.message, true);
  } finally {
    button.disabled = false;
  }
});
addEventListener("hashchange", look);
look();
