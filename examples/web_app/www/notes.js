// The whole front end. Tokens are in cookies that this script cannot read; there is nothing to store and nothing to send.
import { createClient } from "/postern.js";

// When the session is over while somebody writes, the login opens in a window of its own. The note stays where it is,
// and is sent when they are back.
const client = createClient({ onSignedOut: "window" });
const part = (id) => document.getElementById(id);

function show(user) {
  part("guest").hidden = user !== null;
  part("member").hidden = user === null;
  part("who").textContent = user?.email ?? "";
}

async function notes(init) {
  const answer = await client.fetch("/api/notes/", init);
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.error);
  part("notes").replaceChildren(
    ...told.notes.map((text) => Object.assign(document.createElement("li"), { textContent: text })),
  );
}

async function begin() {
  const user = await client.user();
  show(user);
  if (user) await notes();
}

/** Does something when an element says so, and tells what went wrong. */
function on(id, event, work) {
  part(id).addEventListener(event, async (about) => {
    about.preventDefault();
    part("status").textContent = "";
    try {
      await work();
    } catch (error) {
      part("status").textContent = error.message;
    }
  });
}

on("enter", "click", async () => {
  if (await client.signInWindow()) await begin();
});
on("leave", "click", async () => {
  await client.logout();
  show(null);
});
on("new", "submit", async () => {
  const body = JSON.stringify({ text: part("text").value });
  await notes({ method: "POST", headers: { "Content-Type": "application/json" }, body });
  part("new").reset();
  part("status").textContent = "Saved.";
});

begin().catch((error) => (part("status").textContent = error.message));
