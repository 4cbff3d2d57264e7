// Postern's client for the browser: signs in and out, keeps the login fresh, and lets a person sign in again in a
// window of its own, so that a half-written form survives. An ES module without dependencies: copy it, serve it as is.
// Options and errors are described in postern.d.ts; the guide is docs/front-end.md.

/** What went wrong: `code` for programs, `message` for people. */
export class PosternError extends Error {
  constructor(code, message = SENTENCES[code], details = {}) {
    super(message);
    Object.assign(this, { name: "PosternError", code, status: 0, fields: {} }, details);
  }
}

export function createClient(options = {}) {
  check(options);
  const { delivery = "cookies", storage = memory(), onSignedOut } = options;
  const inBody = delivery === "body";
  const here = globalThis.location?.href;
  const api = new URL(options.api ?? "/api/auth", here).href.replace(/\/$/, "");
  const audit = new URL(options.audit ?? "/api/audit", api).href.replace(/\/$/, "");
  const loginPage = new URL(`${options.pages ?? "/auth"}/login`, api).href;
  const origins = [api, here ?? api, ...(options.origins ?? [])].map((address) => new URL(address).origin);

  let turns = 0; // How often this page was signed in, renewed or signed out: what a refused call may have missed.
  let isSignedIn = true; // How the last turn ended.
  let renewal = null; // The one refresh in flight.
  let question = null; // The one question to the person in flight.
  let person = null; // The id of whom this page works for.

  // Tabs share cookies: what one has renewed, the others need not.
  const tabs = !inBody && here && globalThis.BroadcastChannel ? new BroadcastChannel(`postern ${api}`) : null;
  tabs?.addEventListener("message", () => turn(true));

  function turn(signedIn) {
    turns += 1;
    isSignedIn = signedIn;
  }

  /** One attempt, with what authenticates it. */
  async function send(request, kind = "access") {
    const { headers, method } = request;
    const token = inBody && (await storage.getItem(`${kind}_token`));
    if (token && !headers.has("Authorization")) headers.set("Authorization", `Bearer ${token}`);
    const csrf = !/^(GET|HEAD|OPTIONS|TRACE)$/.test(method) && cookie(`csrf_${kind}_token`);
    if (csrf && !headers.has("X-CSRF-TOKEN")) headers.set("X-CSRF-TOKEN", csrf);
    const answer = await globalThis.fetch(request);
    // Not a sign-in or a refresh only: a change of the password gives new tokens, too.
    if (inBody && answer.ok && request.url.startsWith(`${api}/`)) await keep(await json(answer.clone()));
    return answer;
  }

  /** Sends, and sends once more when a 401 was mended: by a refresh or, where it may be asked, by the person. */
  async function call(input, init, mayAsk) {
    const isRequest = input instanceof Request;
    const address = isRequest ? input.url : new URL(input, here ?? api).href;
    // Tokens go to nobody but Postern, this site, and the origins that were named.
    if (!origins.includes(new URL(address).origin)) return globalThis.fetch(input, init);
    const make = () => (isRequest ? new Request(input.clone(), init) : new Request(address, { ...INCLUDE, ...init }));
    const first = make();
    await renewal?.catch(() => {});
    const seen = turns;
    const answer = await send(first);
    if (answer.status !== 401) return answer;
    // Where somebody has to prove once more who they are, no refresh helps.
    const isStepUp = answer.headers.get("X-Auth-Error") === "step-up";
    const isMended = (!isStepUp && (await renew(seen))) || (mayAsk && (await ask(answer.clone(), isStepUp)));
    if (!isMended) return answer;
    if (init?.body instanceof ReadableStream) throw new PosternError("BODY_USED");
    return send(make());
  }

  /** Whether there are new tokens. One refresh serves all calls that were sent before it ended. */
  async function renew(seen) {
    if (turns !== seen) return isSignedIn;
    renewal ??= refresh(seen).finally(() => (renewal = null));
    return renewal;
  }

  async function refresh(seen) {
    const before = inBody && (await storage.getItem("access_token"));
    return exclusively(`postern ${api}`, async () => {
      // Another tab may have been here while this one waited.
      if (turns !== seen) return isSignedIn;
      const now = inBody && (await storage.getItem("access_token"));
      if (now !== before) return now !== null;
      if (inBody && !(await storage.getItem("refresh_token"))) return false;

      const answer = await send(new Request(`${api}/token/refresh`, { ...INCLUDE, method: "POST" }), "refresh");
      const told = await json(answer);
      const isOver = answer.status === 401 || answer.status === 422;
      if (!answer.ok && !isOver) throw failure(answer, told);
      if (inBody && isOver) await forget();
      if (inBody && !isOver) expectTokens(told);
      turn(!isOver);
      if (!isOver) tabs?.postMessage("renewed");
      return !isOver;
    });
  }

  /** Whether the person has signed in again. One question serves all calls that were refused meanwhile. */
  async function ask(answer, isStepUp) {
    if (!onSignedOut) return false;
    const before = person;
    const { step_up: stepUp, step_up_url, login_url = loginPage } = await json(answer);
    const about = { loginURL: step_up_url ?? login_url, isStepUp, ...(stepUp && { stepUp }) };
    const put = async () => (onSignedOut === "window" ? signInWindow(about) : onSignedOut(about));
    question ??= put().finally(() => (question = null));
    const isBack = await question;
    // What one person wrote is not sent in the name of another.
    if (isBack && before !== null && (await whoIsSignedIn()) !== before) throw new PosternError("OTHER_PERSON");
    return isBack === true;
  }

  async function signInWindow({ loginURL = loginPage, isStepUp = false } = {}) {
    if (inBody) throw new PosternError("NO_PAGES");
    const login = new URL(loginURL, api);
    if (!/^https?:$/.test(login.protocol)) throw new TypeError(`${login.protocol} is no address of a login page`);
    if (isStepUp) login.searchParams.set("step_up", "1");
    const popup = globalThis.open(login, "postern-sign-in", "popup,width=480,height=720");
    if (!popup) throw new PosternError("WINDOW_BLOCKED");

    const pages = new URL(".", login).href;
    for (;;) {
      const isFocused = await pause(300);
      const place = whereabouts(popup);
      const isBusy = place === "about:blank" || place.startsWith(pages);
      // Nothing has changed yet; unless the person signed in elsewhere, and has come back to this window.
      if (isBusy && (isStepUp || !isFocused)) continue;
      // A server that cannot be reached for a moment is asked again.
      if (isStepUp ? place !== "unknown" : (await whoIsSignedIn().catch(() => null)) !== null) {
        popup.close();
        turn(true);
        return true;
      }
      // A window that only seems closed, since it shows a page that cuts its ties, does not give the focus back.
      if (place === "closed" && document.hasFocus()) return false;
      await pause(700);
    }
  }

  async function whoIsSignedIn() {
    const answer = await send(new Request(`${api}/check-auth`, INCLUDE));
    return answer.ok ? (await json(answer)).user.id : null;
  }

  const posting = (fields) => ({
    ...INCLUDE,
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(fields),
  });

  /** Without a renewal: what answers 401 here is about a password, or needs no login at all. */
  const post = async (path, fields = {}) => expect(await send(new Request(`${api}${path}`, posting(fields))));

  /** As whoever is signed in. */
  const postSignedIn = async (path, fields = {}) => expect(await call(`${api}${path}`, posting(fields), false));

  async function enter(path, fields) {
    const told = await post(path, fields);
    if (told.verification_required) return null;
    if (told.mfa_required) return secondStep(told);
    if (inBody) expectTokens(told);
    const answer = await send(new Request(`${api}/user/@me`, INCLUDE));
    if (answer.status === 401 && !inBody) throw new PosternError("COOKIES_BLOCKED", undefined, { status: 401 });
    const { user } = await expect(answer);
    turn(true);
    person = user.id;
    return user;
  }

  async function leave() {
    if (inBody) await forget();
    turn(false);
    person = null;
  }

  async function keep(told) {
    if (!told.access_token || !told.refresh_token) return;
    await storage.setItem("access_token", told.access_token);
    await storage.setItem("refresh_token", told.refresh_token);
  }

  async function forget() {
    await storage.removeItem("access_token");
    await storage.removeItem("refresh_token");
  }

  return {
    async login(email, password, { remember } = {}) {
      if (typeof email !== "string" || typeof password !== "string") {
        throw new TypeError("login(email, password) takes two texts, such as the values of two form fields");
      }
      return enter("/login", { email, password, remember });
    },
    async verifyMFA(token, code, { trustBrowser } = {}) {
      if (typeof token !== "string" || typeof code !== "string") {
        throw new TypeError("verifyMFA(token, code) takes login()'s mfaToken, and the code that was typed in");
      }
      return enter("/verify-mfa", { mfa_token: token, code, trust_browser: trustBrowser });
    },
    async verifyMFAWithPasskey(token, { trustBrowser } = {}) {
      const options = read("Request", await post("/mfa/passkeys/assert", { mfa_token: token }));
      const credential = await navigator.credentials.get({ publicKey: options });
      return enter("/verify-mfa", { mfa_token: token, credential: credential.toJSON(), trust_browser: trustBrowser });
    },
    sendCode: async (token) => void (await post("/mfa/email/send", { mfa_token: token })),
    async stepUp(code) {
      const { user } = await postSignedIn("/mfa/step-up", { code });
      turn(true);
      return user;
    },
    async signInWithPasskey({ remember, mediation, signal } = {}) {
      const options = read("Request", await post("/login/passkey/options"));
      const credential = await navigator.credentials.get({ publicKey: options, mediation, signal });
      return enter("/login/passkey", { credential: credential.toJSON(), remember });
    },
    async addPasskey(name, { password } = {}) {
      const options = read("Creation", await postSignedIn("/mfa/passkeys/options", { password }));
      const credential = await navigator.credentials.create({ publicKey: options });
      return postSignedIn("/mfa/passkeys", { name, password, credential: credential.toJSON() });
    },
    async register(fields) {
      if (typeof fields?.email !== "string" || typeof fields.password !== "string") {
        throw new TypeError("register({ email, password }) needs both as texts; first_name and others may follow");
      }
      return enter("/register", fields);
    },
    async confirm(token, { password } = {}) {
      const path = `/confirm/${segment("confirm(token)", token)}`;
      if (password === undefined) return (await postSignedIn(path)).user;
      const told = await post(path, { password });
      if (told.mfa_required) return { ...told.user, ...secondStep(told) };
      turn(true);
      person = await whoIsSignedIn();
      return told.user;
    },
    resendVerification: async (email) =>
      void (await (email === undefined ? postSignedIn(RESEND) : post(RESEND, { email }))),
    requestPasswordReset: async (email) => void (await post("/request-password-reset", { email })),
    async resetPassword(token, password) {
      await post(`/reset-password/${segment("resetPassword(token, password)", token)}`, { password });
    },
    async logout() {
      try {
        const answer = await call(`${api}/logout`, { method: "POST" }, false);
        if (answer.status !== 401) await expect(answer); // With 401 it was over already.
      } finally {
        await leave();
      }
    },
    async user() {
      const answer = await call(`${api}/user/@me`, {}, false);
      if (answer.status === 401) return null;
      const { user } = await expect(answer);
      person = user.id;
      return user;
    },
    async changeEmail(email, password) {
      if (typeof email !== "string") throw new TypeError("changeEmail(email, password) takes two texts");
      return (await postSignedIn("/change-email", { new_email: email, password })).pending_email;
    },
    async undoEmailChange(token) {
      return (await post(`/undo-email-change/${segment("undoEmailChange(token)", token)}`)).reset_url;
    },
    async deleteAccount(password) {
      await postSignedIn("/delete-account", { password });
      await leave();
    },
    exportData: async () => expect(await call(`${api}/user/@me/export`, {}, false)),
    async activity({ limit = 50, offset = 0 } = {}) {
      const query = new URLSearchParams({ limit, offset });
      return (await expect(await call(`${audit}/activity-logs/me?${query}`, {}, false))).activities;
    },
    fetch: (input, init) => call(input, init, true),
    signInWindow,
  };
}

const RESEND = "/resend-verification-email";
const INCLUDE = { credentials: "include" };
const OPTIONS = ["api", "pages", "delivery", "storage", "origins", "onSignedOut", "audit"];
const SENTENCES = {
  BODY_USED: "The login is fresh again, but this call's body was a stream, which is used up: send it with a new one.",
  COOKIES_BLOCKED: "Please enable cookies in your browser: without them nobody can stay signed in here.",
  NO_PAGES: 'With delivery: "body" there is no sign-in page: show a form of your own, and call login().',
  NO_TOKENS:
    "The server's answer has no tokens (AUTHSVC_TOKEN_DELIVERY=cookies_only): leave out delivery: \"body\".",
  NO_PASSKEYS: "This browser cannot be asked for passkeys, or not on this page.",
  OTHER_PERSON: "Somebody else has signed in meanwhile. Nothing was sent; reload the page to go on in their name.",
  WINDOW_BLOCKED: "The browser blocked the sign-in window: call signInWindow() when the person presses a button.",
};

function check(options) {
  const { api, delivery = "cookies", storage, onSignedOut } = options;
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name));
  if (unknown) throw new TypeError(`createClient has no option "${unknown}"; it has ${OPTIONS.join(", ")}`);
  if (!/^(cookies|body)$/.test(delivery)) throw new TypeError(`delivery is "cookies" or "body", not "${delivery}"`);
  if (storage && delivery === "cookies") throw new TypeError('storage is for delivery: "body"; cookies need none');
  if (storage && !["getItem", "setItem", "removeItem"].every((name) => typeof storage[name] === "function")) {
    throw new TypeError("storage needs getItem, setItem and removeItem, as localStorage has them; they may be async");
  }
  if (![undefined, "window"].includes(onSignedOut) && typeof onSignedOut !== "function") {
    throw new TypeError('onSignedOut is "window", or a function that resolves to true when the person is back');
  }
  if (onSignedOut === "window" && delivery === "body") throw new PosternError("NO_PAGES");
  if (!globalThis.location && !/^https?:/.test(api ?? "")) {
    throw new TypeError("outside a browser, api is a whole address, such as https://www.example.com/api/auth");
  }
}

/** Options as the server writes them, in the form in which the browser wants them. */
function read(kind, options) {
  const reader = globalThis.PublicKeyCredential?.[`parse${kind}OptionsFromJSON`];
  if (!reader) throw new PosternError("NO_PASSKEYS");
  return reader.call(PublicKeyCredential, options);
}

/** A link's text as a part of a path: what somebody has put into an address leads nowhere else. */
function segment(use, token) {
  if (typeof token !== "string" || !/^[\w-]+$/.test(token)) {
    throw new TypeError(`${use} takes the text of a mailed link, which is the last part of its address`);
  }
  return token;
}

/** Where tokens are kept unless the page says otherwise: they end with it. */
function memory() {
  const items = new Map();
  return {
    getItem: (name) => items.get(name) ?? null,
    setItem: (name, value) => void items.set(name, value),
    removeItem: (name) => void items.delete(name),
  };
}

/** One tab after the other; a browser without locks, or one that gives none where it blocks cookies, relies on the
 *  server's grace for racing refreshes. */
async function exclusively(name, work) {
  let begun = null;
  const begin = () => (begun = work());
  try {
    return await (globalThis.navigator?.locks?.request(name, begin) ?? begin());
  } catch (problem) {
    if (begun) throw problem; // It is the work's own.
    return begin();
  }
}

function cookie(name) {
  const pairs = globalThis.document?.cookie.split("; ") ?? [];
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** Waits, and tells whether the person has turned to this window meanwhile. */
function pause(milliseconds) {
  return new Promise((resolve) => {
    const end = (event) => {
      clearTimeout(timer);
      removeEventListener("focus", end);
      resolve(event !== undefined);
    };
    const timer = setTimeout(end, milliseconds);
    addEventListener("focus", end);
  });
}

/** The address that a window shows, or "closed", or "unknown" where it is another site's. */
function whereabouts(popup) {
  if (popup.closed) return "closed";
  try {
    return popup.location.href;
  } catch {
    return "unknown";
  }
}

/** What a sign-in gives whose second step is missing. */
function secondStep({ mfa_token: mfaToken, factors, enrolment_required: mustEnrol = false }) {
  return { mfaRequired: true, mfaToken, factors, mustEnrol };
}

const json = (answer) => answer.json().catch(() => ({}));

function expectTokens(told) {
  if (!told.access_token) throw new PosternError("NO_TOKENS");
}

async function expect(answer) {
  const told = await json(answer);
  if (!answer.ok) throw failure(answer, told);
  return told;
}

function failure(answer, told) {
  const sentence = told.error ?? told.msg ?? told.message ?? `The server answered with status ${answer.status}.`;
  return new PosternError(told.error_code ?? `HTTP_${answer.status}`, sentence, {
    status: answer.status,
    fields: told.fields ?? {},
  });
}
