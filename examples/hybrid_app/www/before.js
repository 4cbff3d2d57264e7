// Before the migration. The server delivers tokens in bodies and in cookies (dual); the page keeps those of the bodies,
// and so works for people who block cookies, too. The price: any script that gets into this page can take them along.
import { createClient } from "/postern.js";
import { page } from "/page.js";

/** `localStorage`; or nothing, which means memory, where the browser blocks that together with cookies. */
function storage() {
  try {
    return window.localStorage;
  } catch {
    return undefined;
  }
}

page(createClient({ delivery: "body", storage: storage() }));
