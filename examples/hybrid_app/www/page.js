// What both pages do: sign in, say who it is, call the API, sign out.
const part = (id) => document.getElementById(id);

export function page(client, refused = () => {}) {
  const say = (text) => (part("status").textContent = text);
  const show = (user) => (part("who").textContent = user?.email ?? "nobody");

  function on(id, event, work) {
    part(id).addEventListener(event, async (about) => {
      about.preventDefault();
      say("");
      try {
        await work();
      } catch (error) {
        say(error.message);
        refused(error);
      }
    });
  }

  on("login", "submit", async () => {
    show(await client.login(part("email").value, part("password").value));
    part("login").reset();
  });
  on("notes", "click", async () => {
    const answer = await client.fetch("/api/notes/");
    const told = await answer.json();
    say(answer.ok ? `There are ${told.notes.length} notes.` : told.error);
  });
  on("leave", "click", async () => {
    await client.logout();
    show(null);
  });
  client.user().then(show, (error) => say(error.message));
}
