/** Types of postern.js, Postern's client for the browser. */

/** An account as its owner sees it. A field that was never filled in is null. */
export interface User {
  /** Tells it from a `SecondStep`. */
  mfaRequired?: undefined;
  id: number;
  email: string;
  first_name: string | null;
  last_name: string | null;
  role_id: number | null;
  role_name: string | null;
  is_active: boolean;
  is_verified: boolean;
  mfa_enabled: boolean;
  provider: string;
  phone_number: string | null;
  date_of_birth: string | null;
  bio: string | null;
  occupation: string | null;
  address: string | null;
  city: string | null;
  state: string | null;
  country: string | null;
  zip_code: string | null;
  profile_picture_url: string | null;
  /** ISO 8601. */
  created_at: string;
  updated_at: string;
}

/** The password was right, and a second factor is to be given: `mfaToken` goes to `verifyMFA()` within ten minutes, in
 *  this browser. Nobody is signed in yet. */
export interface SecondStep {
  mfaRequired: true;
  mfaToken: string;
  /** What the account can prove itself by. */
  factors: ("totp" | "email" | "recovery" | "passkey")[];
  /** It has no factor, and its role demands one: it is to be enrolled, with `POST mfa/totp` or by a code by mail. */
  mustEnrol: boolean;
}

/** What a new account may say of itself; `email` and `password` are required. */
export interface NewAccount
  extends Partial<
    Record<
      | "first_name"
      | "last_name"
      | "phone_number"
      | "date_of_birth"
      | "bio"
      | "occupation"
      | "address"
      | "city"
      | "state"
      | "country"
      | "zip_code",
      string
    >
  > {
  email: string;
  password: string;
}

/** Where tokens are kept with `delivery: "body"`: `localStorage` and `sessionStorage` fit, and so does whatever wraps a
 *  phone's key store. The names are `access_token` and `refresh_token`. */
export interface TokenStorage {
  getItem(name: string): string | null | Promise<string | null>;
  setItem(name: string, value: string): void | Promise<void>;
  removeItem(name: string): void | Promise<void>;
}

/** What somebody who has to sign in again is asked about. */
export interface SignInQuestion {
  /** The whole address of the login page, as the server names it. */
  loginURL: string;
  /** They are signed in, but the place wants their password once more, or a second factor. */
  isStepUp: boolean;
  /** Which of both: "age" is the password. */
  stepUp?: "age" | "mfa";
}

export interface CommonOptions {
  /** Where Postern's API is, as a path or a whole address. "/api/auth" unless said otherwise. */
  api?: string;
  /** Where Postern's pages are, beside the API. "/auth" unless said otherwise. */
  pages?: string;
  /** Where Postern's audit API is, beside the API. "/api/audit" unless said otherwise. */
  audit?: string;
  /** Other origins, such as "https://api.example.com", that `fetch` may send credentials to. Requests to an origin that
   *  is neither named here, nor the API's, nor the page's own, are handed to the browser's `fetch` unchanged. */
  origins?: string[];
}

/** `AUTHSVC_TOKEN_DELIVERY` is `cookies_only` or `dual`. */
export interface CookieOptions extends CommonOptions {
  delivery?: "cookies";
  storage?: undefined;
  /** What `fetch` does when the session is over: "window" opens `signInWindow()`; a function resolves to true when the
   *  person has signed in again. The call is then repeated once. Left out, the 401 is handed out. */
  onSignedOut?: "window" | ((question: SignInQuestion) => boolean | Promise<boolean>);
}

/** `AUTHSVC_TOKEN_DELIVERY` is `body_only` or `dual`. */
export interface BodyOptions extends CommonOptions {
  delivery: "body";
  /** In memory unless said otherwise, so that closing the page signs out. */
  storage?: TokenStorage;
  /** As with cookies, but there is no login page to open: the function shows the page's own form and calls `login()`. */
  onSignedOut?: (question: SignInQuestion) => boolean | Promise<boolean>;
}

/** Something that has happened to an account. */
export interface Activity {
  id: number;
  user_id: number;
  /** A sentence for people, such as "Signed in". */
  activity: string;
  /** `2026-11-24T03:17:00.068108`, in UTC. */
  created_at: string;
  timestamp: string;
  ip_address: string | null;
  user_agent: string | null;
}

/** A passkey as its owner sees it. */
export interface Passkey {
  id: number;
  name: string;
  created_at: string;
  last_used_at: string | null;
  /** It may be on several devices of the person. */
  is_synchronised: boolean;
  transports: string[];
}

export interface Client {
  /** Signs in; resolves to a `SecondStep` where the account has a second factor. `remember` decides whether the login
   *  outlives the browser; left out, the server's setting does. Rejects with a `PosternError`: BAD_CREDENTIALS,
   *  TOO_MANY_ATTEMPTS, COOKIES_BLOCKED, NO_TOKENS, … */
  login(email: string, password: string, options?: { remember?: boolean }): Promise<User | SecondStep>;

  /** Finishes a sign-in with a code of an app, of a mail, or of the list of recovery codes. `trustBrowser`: this browser
   *  is not asked again for a while. Rejects with a `PosternError`: BAD_CODE (another may be tried), BAD_MFA_TOKEN (sign
   *  in anew), TOO_MANY_ATTEMPTS, … */
  verifyMFA(token: string, code: string, options?: { trustBrowser?: boolean }): Promise<User>;

  /** The same with a passkey. Rejects with the browser's own error where the person would rather not. */
  verifyMFAWithPasskey(token: string, options?: { trustBrowser?: boolean }): Promise<User>;

  /** Has the code for such a sign-in mailed, where the account has chosen that. Whether it has, nobody is told. */
  sendCode(token: string): Promise<void>;

  /** Gives a second factor in the session, for places that demand one. */
  stepUp(code: string): Promise<{ id: number; email: string; role: number | null }>;

  /** Signs in by whichever passkey the person picks. With `mediation: "conditional"` the browser offers them in a field
   *  whose `autocomplete` ends with `webauthn`, until `signal` says that it is enough. Rejects with a `PosternError`:
   *  PASSKEY_REFUSED, NO_PASSKEYS, …; with the browser's own error where the person would rather not. */
  signInWithPasskey(options?: {
    remember?: boolean;
    mediation?: "conditional" | "optional" | "required";
    signal?: AbortSignal;
  }): Promise<User | SecondStep>;

  /** Makes a passkey for who is signed in; without a name it is called by the browser. Rejects as above, and with a
   *  `PosternError`: INVALID_FIELDS (the password is needed, since the last sign-in was too long ago), WRONG_PASSWORD,
   *  SECOND_FACTOR_REQUIRED, TOO_MANY_PASSKEYS, … */
  addPasskey(name?: string, options?: { password?: string }): Promise<Passkey>;

  /** Makes an account and signs it in; resolves to null where the address has to be proven first: the link that does
   *  comes by mail. Rejects with a `PosternError`: EMAIL_TAKEN, INVALID_FIELDS (`fields` says which),
   *  REGISTRATION_CLOSED, … */
  register(account: NewAccount): Promise<User | null>;

  /** Proves an address: `token` is the last part of the mailed link's address. Whoever is signed in needs no password;
   *  with it, they are signed in from then on, unless the address was proven before, or a second factor is to be given.
   *  Rejects with a `PosternError`: SIGN_IN_TO_CONFIRM (ask for the password), WRONG_PASSWORD, INVALID_TOKEN,
   *  USER_NOT_FOUND, … */
  confirm(
    token: string,
    options?: { password?: string },
  ): Promise<Pick<User, "id" | "email" | "is_verified"> & (SecondStep | Pick<User, "mfaRequired">)>;

  /** Has the link for `confirm` mailed once more: to whoever is signed in, or to an address. Whether an account waits
   *  for it, nobody is told. */
  resendVerification(email?: string): Promise<void>;

  /** Has a link mailed that sets another password. Whether there is an account, nobody is told. */
  requestPasswordReset(email: string): Promise<void>;

  /** Sets another password: `token` is the last part of the mailed link's address. All sessions end, this page's too if
   *  it is the same account's, and nobody is signed in. Rejects with a `PosternError`: INVALID_TOKEN, INVALID_FIELDS,
   *  … */
  resetPassword(token: string, password: string): Promise<void>;

  /** Ends the session, here and on the server. One that was over already is no error. */
  logout(): Promise<void>;

  /** Who is signed in, or null. */
  user(): Promise<User | null>;

  /** Asks for another address, which gets a mail with a link that confirms it. Resolves to that address; nothing has
   *  changed yet. Rejects with a `PosternError`: WRONG_PASSWORD, EMAIL_TAKEN, REAUTHENTICATION_REQUIRED (the account has
   *  no password, and the last sign-in was too long ago), … */
  changeEmail(email: string, password?: string): Promise<string>;

  /** Brings the address before back: `token` is the last part of the address of the link that was mailed there. All
   *  sessions and the password end. Resolves to the address at which another password is set. */
  undoEmailChange(token: string): Promise<string>;

  /** Removes the account that is signed in, with everything that is stored about it. */
  deleteAccount(password?: string): Promise<void>;

  /** Everything that is stored about who is signed in. */
  exportData(): Promise<Record<string, unknown>>;

  /** What has happened to the account, the latest first; `limit` is 100 at most. */
  activity(page?: { limit?: number; offset?: number }): Promise<Activity[]>;

  /** As the browser's `fetch`, for requests that need the login. A 401 is answered by one refresh, however many calls
   *  get one at the same time, and by repeating the call once; where the session is over, by `onSignedOut`. A second
   *  401 is handed out. Rejects with a `PosternError` besides: BODY_USED (a stream cannot be sent twice), OTHER_PERSON,
   *  WINDOW_BLOCKED, or whatever keeps the server from renewing. */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;

  /** Opens the login page in a window of its own; resolves to true as soon as somebody is signed in, to false when the
   *  person closes it. Call it where the person has just pressed something, or the browser blocks the window. */
  signInWindow(question?: Partial<SignInQuestion>): Promise<boolean>;
}

/** Codes that this file gives itself; the server has others, such as BAD_CREDENTIALS. */
export type ClientErrorCode =
  | "BODY_USED"
  | "COOKIES_BLOCKED"
  | "NO_PAGES"
  | "NO_PASSKEYS"
  | "NO_TOKENS"
  | "OTHER_PERSON"
  | "WINDOW_BLOCKED";

export class PosternError extends Error {
  name: "PosternError";
  /** For programs: one of `ClientErrorCode`, or the server's `error_code`. */
  code: ClientErrorCode | (string & {});
  /** The status that the server answered with; 0 where it was not the server. */
  status: number;
  /** What is wrong with which field, as the server says it. */
  fields: Record<string, string>;
}

/** A mistake in the options is a `TypeError` that says what to write. */
export function createClient(options?: CookieOptions | BodyOptions): Client;
