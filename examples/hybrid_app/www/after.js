// After the migration. Cookies, which no script can read, are handled by the browser.
import { createClient } from "/postern.js";
import { page } from "/page.js";

// What the page before has left behind. People stay signed in: the server gave them cookies along with these.
try {
  localStorage.removeItem("access_token");
  localStorage.removeItem("refresh_token");
} catch {
  // The browser blocks storage together with cookies, so nothing was left.
}

page(createClient(), (error) => {
  // For the few who block cookies: a page that says what to do.
  if (error.code === "COOKIES_BLOCKED") location.assign("/cookies-required.html");
});
