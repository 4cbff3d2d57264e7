"""What the Flask package that Postern replaces answers, recorded from it request by request, as far as Postern has the
routes: registering, signing in, asking who one is, refreshing, signing out, changing one's own account, where
tokens are put, double submit, mailed links, and what has happened to oneself.

A front end that was written for that package has to find the same path, status and JSON keys. Where Postern answers
otherwise on purpose, the row says why in `differs`, and holds Postern's own answer. Texts in braces are filled in by
test_recorded.py: {alice} is an account's address, {new} one that nobody has, {access} and {refresh} are tokens of a
living session of Alice's, {csrf_access} and {csrf_refresh} what is repeated for them under double submit, {confirm} and
{reset} the texts of links that were mailed to her, and so on."""

import dataclasses
import typing

BOTH = {"access_token_cookie", "refresh_token_cookie"}
OURS = "postern_browser"
USER = {"user": {"email": None, "id": None, "role": None}}
ERROR = {"error": None}
SIGN_UP = {"email": "{new}", "password": "correct horse"}
LOG_IN = {"email": "{alice}", "password": "correct horse"}
TOKENS = {"Cookie": "access_token_cookie={access}; refresh_token_cookie={refresh}"}
MISSING = (
    'Missing JWT in cookies or headers (Missing cookie "{kind}_token_cookie"; Missing Authorization Header)'
).replace("{kind}", "%s")


@dataclasses.dataclass(frozen=True)
class Row:
    number: str
    title: str
    request: str
    body: typing.Any = None
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    status: int = 200
    # Keys that must be there, and their values where they are not None.
    answer: dict[str, typing.Any] = dataclasses.field(default_factory=dict)
    # Cookies that are set to something, or, after a minus sign, removed.
    sets: frozenset[str] | set[str] = frozenset()
    differs: str = ""


REMOVED = {"-access_token_cookie", "-refresh_token_cookie"}
REGISTERED = {"message": "User registered successfully.", "msg": "Login successful", **USER}
LOGGED_IN = {"msg": "Login successful", **USER}
NO_SESSION = {"error_code": "SESSION_INACTIVE", "error": None}
BAD_LOGIN = {"error": "Invalid email or password", "status": 401}
VALIDATED = "values of a wrong type are refused, naming the field, and never end in 500"
IN_JSON = "errors are JSON"
ONE_SENTENCE = "every failed login has one sentence"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
CURL = {"User-Agent": "curl/7.88.1"}
BY_CONFIGURATION = "configuration alone says where tokens go, never the User-Agent"

REGISTER, LOGIN = "POST /api/auth/register", "POST /api/auth/login"
CHECK, REFRESH, LOGOUT = "GET /api/auth/check-auth", "POST /api/auth/token/refresh", "POST /api/auth/logout"
UPDATE = "POST /api/auth/update_user"
CHANGE, DELETE = "POST /api/auth/change-email", "POST /api/auth/delete-account"
WITH_PASSWORD = "an address is changed with the password only, and nobody else learns which ones are in use"
WITH_LINK = "an address is changed by the link that is mailed to it"
INHERITS = "tokens are bound to the account's number, not to its address"
ALIASES = "every alias is checked like the field it stands for"
ENDS_THE_OTHERS = "another password ends all other sessions, and this one gets new tokens"


FORGOT, RESET = "POST /api/auth/request-password-reset", "POST /api/auth/reset-password/{reset}"
CONFIRM, RESEND = "GET /api/auth/confirm/{confirm}", "POST /api/auth/resend-verification-email"
MAILED = {"message": "If an account exists, a reset link has been sent."}
BAD_RESET = {"error": "Reset link is invalid or has expired.", "error_code": "INVALID_TOKEN"}
RESET_ENDS = "a reset ends all sessions"
PROVEN = {"email": "{alice}", "id": None, "is_verified": True}


def updated(**user: object) -> dict[str, typing.Any]:
    return {"message": "User updated successfully", "user": PROFILE | user}


PROFILE = dict.fromkeys((
    "address bio city country created_at date_of_birth email first_name id is_active is_verified last_name "
    "mfa_enabled occupation phone_number profile_picture_url provider role_id state updated_at zip_code"
).split())  # fmt: skip

ROWS = [
    Row("1.1", "register", REGISTER, SIGN_UP | {"first_name": "Al", "last_name": "Ice"}, status=201,
        answer=REGISTERED, sets=BOTH),
    Row("1.2", "register, a program", REGISTER, SIGN_UP, CURL, 201, REGISTERED, BOTH, BY_CONFIGURATION),
    Row("1.3", "address taken", REGISTER, LOG_IN, status=400, answer={"error": "Email is already registered"}),
    Row("1.4", "address taken, in capitals", REGISTER, LOG_IN | {"email": "{ALICE}"}, status=400,
        answer={"error": "Email is already registered"}, differs="addresses are compared regardless of case"),
    Row("1.5", "no password", REGISTER, {"email": "{new}"}, status=400,
        answer={"error": "Email and password are required"}),
    Row("1.6", "no address", REGISTER, {"password": "x"}, status=400,
        answer={"error": "Email and password are required"}),
    Row("1.7", "empty object", REGISTER, {}, status=400, answer={"error": "Email and password are required"}),
    Row("1.8", "no address at all", REGISTER, {"email": "not an email", "password": "x"}, status=400,
        answer=ERROR | {"fields": {"email": None}}, differs="addresses and passwords are checked"),
    Row("1.8b", "short password", REGISTER, {"email": "{new}", "password": "x"}, status=400,
        answer=ERROR | {"fields": {"password": None}}, differs="addresses and passwords are checked"),
    Row("1.9", "array around it", REGISTER, [SIGN_UP], status=400, answer=ERROR, differs=VALIDATED),
    Row("1.10", "empty array", REGISTER, [], status=400, answer=ERROR, differs=VALIDATED),
    Row("1.11", "no body, no type", REGISTER, status=400, answer=ERROR, differs="no type counts as JSON"),
    Row("1.12", "form", REGISTER, "email=a&password=b", FORM, 415, ERROR, differs=IN_JSON),
    Row("1.13", "half of a JSON text", REGISTER, '{{"email":',
        {"Content-Type": "application/json"}, 400, ERROR, differs=IN_JSON),
    Row("1.14", "null", REGISTER, "null", {"Content-Type": "application/json"}, 400, ERROR, differs=VALIDATED),
    Row("1.15", "password is a number", REGISTER, {"email": "{new}", "password": 12345678}, status=400,
        answer=ERROR | {"fields": {"password": None}}, differs=VALIDATED),
    Row("1.16", "address is an object", REGISTER, {"email": {"a": 1}, "password": "abcdefgh"}, status=400,
        answer=ERROR | {"fields": {"email": None}}, differs=VALIDATED),
    Row("1.17", "GET", "GET /api/auth/register", status=405, answer=ERROR, differs=IN_JSON),
    Row("1.18", "GET signup", "GET /api/auth/signup", status=405, answer=ERROR,
        differs="its own browser client posts there"),
    Row("1.18b", "signup", "POST /api/auth/signup", SIGN_UP, status=201, answer=REGISTERED, sets=BOTH,
        differs="its own browser client posts there"),
    Row("1.18c", "unknown path", "GET /api/auth/no-such-thing", status=404, answer=ERROR, differs=IN_JSON),
    Row("1.19", "unknown field", REGISTER, SIGN_UP | {"nonsense": 1}, status=201, answer=REGISTERED, sets=BOTH),
    Row("1.20", "role chosen by the client", REGISTER, SIGN_UP | {"role_id": 1}, status=201,
        answer=REGISTERED | {"user": {"email": "{new}", "id": None, "role": "null"}}, sets=BOTH,
        differs="nobody gives a role to themselves"),
    Row("1.22", "other columns chosen by the client", REGISTER,
        SIGN_UP | {"id": 777, "provider": "google", "is_active": False, "is_verified": True, "mfa_enabled": True},
        status=201, answer=REGISTERED, sets=BOTH, differs="only a person's own fields are taken"),
    Row("1.23", "date of birth", REGISTER, SIGN_UP | {"date_of_birth": "2000-01-01"}, status=201,
        answer=REGISTERED, sets=BOTH,
        differs="a date is taken"),
    Row("2.1", "login", LOGIN, LOG_IN, status=200, answer=LOGGED_IN, sets=BOTH),
    Row("2.2", "login, a program", LOGIN, LOG_IN, CURL, 200, LOGGED_IN, BOTH, BY_CONFIGURATION),
    Row("2.3", "login, half a browser", LOGIN, LOG_IN, {"User-Agent": "my-edge-proxy/1"}, 200, LOGGED_IN, BOTH),
    Row("2.4", "wrong password", LOGIN, LOG_IN | {"password": "wrong"}, status=401, answer=BAD_LOGIN),
    Row("2.5", "nobody", LOGIN, {"email": "{new}", "password": "wrong"}, status=401, answer=BAD_LOGIN),
    Row("2.6", "address in capitals", LOGIN, LOG_IN | {"email": "{ALICE}"}, status=200, answer=LOGGED_IN, sets=BOTH,
        differs="addresses are compared regardless of case"),
    Row("2.7", "no password", LOGIN, {"email": "{alice}"}, status=400,
        answer=ERROR | {"fields": {"password": None}}, differs=VALIDATED),
    Row("2.8", "no address", LOGIN, {"password": "x"}, status=401, answer=BAD_LOGIN),
    Row("2.9", "form", LOGIN, "a=b", FORM, 415, ERROR, differs=IN_JSON),
    Row("2.10", "array", LOGIN, [LOG_IN], status=400, answer=ERROR, differs=VALIDATED),
    Row("2.11", "null", LOGIN, "null", {"Content-Type": "application/json"}, 400, ERROR, differs=VALIDATED),
    Row("2.12", "disabled account", LOGIN, {"email": "{disabled}", "password": "correct horse"}, status=401,
        answer=BAD_LOGIN,
        differs=ONE_SENTENCE),
    Row("2.14", "GET", "GET /api/auth/login", status=405, answer=ERROR, differs=IN_JSON),
    Row("3.1", "check-auth", CHECK, headers=TOKENS,
        answer={"msg": "User is authenticated", "user": {"email": "{alice}", "id": None, "role": "null"}}),
    Row("3.2", "protected", "GET /api/auth/protected", headers=TOKENS,
        answer={"msg": "Welcome, {alice}!", "role": "null", "user_id": None}),
    Row("3.3", "user/@me", "GET /api/auth/user/@me", headers=TOKENS, answer={"user": PROFILE}),
    Row("3.5", "nothing sent", CHECK, status=401, answer={"msg": MISSING % "access"}),
    Row("3.6", "Bearer", CHECK, headers={"Authorization": "Bearer {access}"},
        answer={"msg": "User is authenticated", **USER}),
    Row("3.7", "another scheme", CHECK, headers={"Authorization": "Basic YTpi"}, status=401, answer={
        "msg": 'Missing JWT in cookies or headers (Missing cookie "access_token_cookie"; Missing \'Bearer\' type in '
        "'Authorization' header. Expected 'Authorization: Bearer <JWT>')"}),
    Row("3.8", "Bearer and nothing", CHECK, headers={"Authorization": "Bearer "}, status=422, answer={
        "msg": "Bad Authorization header. Expected 'Authorization: Bearer <JWT>'"}),
    Row("3.9", "garbage", CHECK, headers={"Cookie": "access_token_cookie=garbage"}, status=422,
        answer={"msg": "Not enough segments"}),
    Row("3.10", "bad signature", CHECK, headers={"Cookie": "access_token_cookie={forged}"}, status=422,
        answer={"msg": "Signature verification failed"}),
    Row("3.11", "refresh token in its place", CHECK, headers={"Cookie": "access_token_cookie={refresh}"}, status=422,
        answer={"msg": "Only non-refresh tokens are allowed"}),
    Row("3.12", "alg none", CHECK, headers={"Cookie": "access_token_cookie={none}"}, status=422,
        answer={"msg": "The specified alg value is not allowed"}),
    Row("3.13", "expired", CHECK, headers={"Cookie": "access_token_cookie={expired}"}, status=401,
        answer={"msg": "Token has expired"}),
    Row("3.14", "expired cookie, valid Bearer", CHECK,
        headers={"Cookie": "access_token_cookie={expired}", "Authorization": "Bearer {access}"}, status=401,
        answer={"msg": "Token has expired"}),
    Row("3.16", "POST", "POST /api/auth/check-auth", status=405, answer=ERROR, differs=IN_JSON),
    Row("3.17", "check-auth of an account that is gone", CHECK,
        headers={"Cookie": "access_token_cookie={ghost_access}"},
        status=401, answer={"msg": None}, differs="removal ends everything at once"),
    Row("3.18", "user/@me of an account that is gone", "GET /api/auth/user/@me",
        headers={"Cookie": "access_token_cookie={ghost_access}"}, status=401, answer={"msg": None},
        differs="removal ends everything at once"),
    Row("3.19", "refresh of an account that is gone", REFRESH,
        headers={"Cookie": "refresh_token_cookie={ghost_refresh}"},
        status=401, answer=NO_SESSION, sets=REMOVED, differs="never 500"),
    Row("4.1", "refresh", REFRESH, headers=TOKENS, answer={"msg": "Token refreshed successfully"}, sets=BOTH),
    Row("4.2", "used token within the grace", REFRESH, headers={"Cookie": "refresh_token_cookie={used}"},
        answer={"msg": "Token refreshed successfully"}, sets=BOTH),
    Row("4.4", "old access token after a refresh", CHECK, headers={"Cookie": "access_token_cookie={used_access}"},
        answer={"msg": "User is authenticated", **USER}),
    Row("4.5", "nothing sent", REFRESH, status=401, answer={"msg": MISSING % "refresh"}),
    Row("4.6", "access token in its place", REFRESH, headers={"Cookie": "refresh_token_cookie={access}"}, status=422,
        answer={"msg": "Only refresh tokens are allowed"}),
    Row("4.7", "refresh token as Bearer", REFRESH, headers={"Authorization": "Bearer {refresh}"} | CURL,
        answer={"msg": "Token refreshed successfully"}, sets=BOTH, differs=BY_CONFIGURATION),
    Row("4.8", "GET", "GET /api/auth/token/refresh", status=405, answer=ERROR, differs=IN_JSON),
    Row("5.1", "logout", LOGOUT, headers=TOKENS, answer={"msg": "Successfully logged out"}, sets=REMOVED),
    Row("5.2", "access token after a logout", CHECK, headers={"Cookie": "access_token_cookie={out_access}"}, status=401,
        answer={"msg": "Token has been revoked"}),
    Row("5.3", "refresh token after a logout", REFRESH,
        headers={"Cookie": "refresh_token_cookie={out_refresh}"}, status=401,
        answer=NO_SESSION, sets=REMOVED),
    Row("5.4", "logout again", LOGOUT, headers={"Cookie": "access_token_cookie={out_access}"}, status=401,
        answer={"msg": "Token has been revoked"}, sets=REMOVED, differs="every logout unsets the cookies"),
    Row("5.5", "logout, nothing sent", LOGOUT, status=401, answer={"msg": MISSING % "access"}, sets=REMOVED,
        differs="every logout unsets the cookies"),
    Row("5.6", "logout with an expired token", LOGOUT, headers={"Cookie": "access_token_cookie={expired}"},
        answer={"msg": "Successfully logged out"}, sets=REMOVED, differs="one who has been away can still sign out"),
    Row("5.7", "GET", "GET /api/auth/logout", status=405, answer=ERROR, differs=IN_JSON),
    Row("6.1", "names", UPDATE, {"first_name": " Alice ", "last_name": "Liddell"}, TOKENS,
        answer=updated(first_name="Alice", last_name="Liddell", email="{alice}")),
    Row("6.2", "everything wrong", UPDATE,
        {"email": "not valid", "phone_number": "abc", "bio": "b" * 501, "zip_code": "12345678901", "first_name": " ",
         "date_of_birth": "2999-01-01"}, TOKENS, 400,
        ERROR | {"fields": dict.fromkeys("email phone_number bio zip_code first_name date_of_birth".split())}),
    Row("6.3", "date of birth", UPDATE, {"date_of_birth": "1990-05-17"}, TOKENS,
        answer=updated(date_of_birth="1990-05-17"), differs="a date is taken"),
    Row("6.4", "what is not one's own", UPDATE, {"role_id": 1, "is_verified": True, "id": 5, "mfa_enabled": True},
        TOKENS, answer=updated(role_id="null", is_verified=False, mfa_enabled=False)),
    Row("6.5", "password, no current one", UPDATE, {"password": "new secret"}, TOKENS, 400,
        {"error": "Current password is required"}),
    Row("6.6", "password, wrong current one", UPDATE, {"password": "new secret", "current_password": "zzz"}, TOKENS,
        400, {"error": "Current password is incorrect"}),
    Row("6.7", "password too short", UPDATE, {"password": "abc", "current_password": "correct horse"}, TOKENS, 400,
        {"error": "Password must be at least 8 characters"}, differs="eight characters, not six"),
    Row("6.8", "password, right", UPDATE, {"password": "correct horse", "current_password": "correct horse"}, TOKENS,
        answer=updated(email="{alice}"), sets=BOTH, differs=ENDS_THE_OTHERS),
    Row("6.9", "address of somebody else", UPDATE, {"email": "{bob}"}, TOKENS, 400,
        {"error": "Current password is required"}, differs=WITH_PASSWORD),
    Row("6.9b", "address of somebody else, with the password", UPDATE,
        {"email": "{bob}", "current_password": "correct horse"}, TOKENS, 400, {"error": "Email is already in use"}),
    Row("6.10", "nothing to do", UPDATE, {}, TOKENS, answer=updated(email="{alice}")),
    Row("6.11", "not JSON", UPDATE, "x", TOKENS, 400, ERROR, differs="no type counts as JSON"),
    Row("6.12", "null", UPDATE, "null", TOKENS | {"Content-Type": "application/json"}, 400, ERROR, differs=VALIDATED),
    Row("6.13", "no token", UPDATE, {"first_name": "x"}, status=401, answer={"msg": MISSING % "access"}),
    Row("6.14", "PUT", "PUT /api/auth/update_user", {"first_name": "x"}, TOKENS, 405, ERROR, differs=IN_JSON),
    Row("6.14b", "PUT user/@me", "PUT /api/auth/user/@me", {"first_name": "x"}, TOKENS, answer=updated(first_name="x"),
        differs="its own browser client puts there"),
    Row("6.15", "a hash as userPassword", UPDATE, {"userPassword": "scrypt:32768:8:1$salt$00"}, TOKENS, 400,
        {"error": "Current password is required"}, differs=ALIASES),
    Row("6.17", "emailAddress", UPDATE, {"emailAddress": "not valid"}, TOKENS, 400,
        {"error": "Invalid email format", "fields": {"emailAddress": None}}, differs=ALIASES),
    Row("6.16", "login with that hash's password", LOGIN, {"email": "{alice}", "password": "stolen!!"}, status=401,
        answer=BAD_LOGIN, differs=ALIASES),
    Row("6.18", "who somebody is whose address was not changed", "GET /api/auth/user/@me", headers=TOKENS,
        answer={"user": PROFILE | {"email": "{alice}"}}, differs=ALIASES),
    Row("6.19", "another address", UPDATE, {"email": "{new}"}, TOKENS, 400,
        {"error": "Current password is required"}, differs=WITH_PASSWORD),
    Row("6.19a", "another address, with the password", UPDATE,
        {"email": "{new}", "current_password": "correct horse"}, TOKENS,
        answer=updated(email="{alice}") | {"pending_email": "{new}"}, differs=WITH_LINK),
    Row("6.19b", "password/update", "POST /api/auth/password/update",
        {"current_password": "correct horse", "new_password": "battery staple"}, TOKENS,
        answer={"message": "Password updated successfully", **USER}, sets=BOTH,
        differs="its own browser client posts there"),
    Row("6.20", "change-email without password", CHANGE, {"new_email": "{new}"}, TOKENS, 400,
        {"error": "Password is required to change your email"}),
    Row("6.21", "change-email, wrong password", CHANGE, {"new_email": "{new}", "password": "zzz"}, TOKENS, 400,
        {"error": "Password is incorrect"}),
    Row("6.22", "change-email, no address", CHANGE, {"new_email": "w2", "password": "correct horse"}, TOKENS, 400,
        {"error": "Invalid email format"}),
    Row("6.23", "change-email, nothing", CHANGE, {}, TOKENS, 400, {"error": "New email is required"}),
    Row("6.24", "change-email, the same", CHANGE, {"new_email": "{ALICE}", "password": "correct horse"}, TOKENS, 400,
        {"error": "New email must be different from your current email"}),
    Row("6.25", "change-email, somebody else's", CHANGE, {"new_email": "{bob}", "password": "correct horse"}, TOKENS,
        400, {"error": "Email is already in use"}),
    Row("6.26", "change-email, right", CHANGE, {"new_email": "{new}", "password": "correct horse"}, TOKENS,
        answer={"message": None, "msg": None, "user": PROFILE | {"email": "{alice}"}, "pending_email": "{new}"},
        differs=WITH_LINK),
    Row("6.26b", "change-email, its link", "GET /api/auth/confirm/{asked}", headers=TOKENS,
        answer={"message": "Email changed successfully.", "success": True, "user": {
            "email": "{new}", "id": None, "is_verified": True}}, sets=BOTH, differs=WITH_LINK),
    Row("6.27", "who somebody is by a token from before the change", "GET /api/auth/user/@me",
        headers={"Cookie": "access_token_cookie={moved_access}"}, status=401, answer={"msg": "Token has been revoked"},
        differs="a change ends every token of the address before, and never 404"),
    Row("6.28", "another person registers the freed address", REGISTER,
        {"email": "{moved}", "password": "another person"}, status=400,
        answer={"error": "Email is already registered"}, differs="it is kept for seven days, and can be had back"),
    Row("6.29", "the first person's old token", "GET /api/auth/user/@me",
        headers={"Cookie": "access_token_cookie={inherited_access}"}, status=401,
        answer={"msg": "Token has been revoked"}, differs=INHERITS),
    Row("6.30", "their refresh token", REFRESH, headers={"Cookie": "refresh_token_cookie={inherited_refresh}"},
        status=401, answer=NO_SESSION, sets=REMOVED, differs=INHERITS),
    Row("6.31", "check-auth with it", CHECK, headers={"Cookie": "access_token_cookie={inherited_access}"}, status=401,
        answer={"msg": "Token has been revoked"}, differs=INHERITS),
    Row("6.32", "delete-account, no password", DELETE, {}, TOKENS, 400,
        {"error": "Password is required to delete your account"}),
    Row("6.33", "delete-account, wrong password", DELETE, {"password": "zzz"}, TOKENS, 400,
        {"error": "Password is incorrect"}),
    Row("6.34", "delete-account, right", DELETE, {"password": "correct horse"}, TOKENS,
        answer={"message": "Account deleted successfully"}, sets=REMOVED),
    Row("6.35", "another session of an account that is deleted", CHECK,
        headers={"Cookie": "access_token_cookie={deleted_access}"}, status=401,
        answer={"msg": "Token has been revoked"}, differs="removal ends everything at once"),
    Row("8.1", "request, known", FORGOT, {"email": "{alice}", "redirect_url": "https://evil.example/x"}, answer=MAILED),
    Row("8.2", "request, unknown", FORGOT, {"email": "{new}"}, answer=MAILED),
    Row("8.3", "request, no address", FORGOT, {}, answer=MAILED),
    Row("8.4", "request, not JSON", FORGOT, "x", status=400, answer=ERROR, differs="no type counts as JSON"),
    Row("8.5", "reset, no password", RESET, {}, status=400, answer={"error": "New password is required"}),
    Row("8.6", "reset, too short", RESET, {"password": "abc"}, status=400,
        answer={"error": "Password must be at least 8 characters"}, differs="eight characters, not six"),
    Row("8.7", "reset, right", RESET, {"password": "new correct horse"},
        answer={"message": "Password has been reset successfully."}),
    Row("8.8", "reset, used twice", "POST /api/auth/reset-password/{spent}", {"password": "new correct horse"},
        status=400, answer=BAD_RESET),
    Row("8.9", "reset, unknown link", "POST /api/auth/reset-password/abc", {"password": "new correct horse"},
        status=400, answer=BAD_RESET),
    Row("8.10", "session from before the reset", CHECK, headers={"Cookie": "access_token_cookie={spent_access}"},
        status=401, answer={"msg": "Token has been revoked"}, differs=RESET_ENDS),
    Row("8.11", "its refresh token", REFRESH, headers={"Cookie": "refresh_token_cookie={spent_refresh}"}, status=401,
        answer=NO_SESSION, sets=REMOVED, differs=RESET_ENDS),
    Row("8.12", "confirm", CONFIRM, headers=TOKENS,
        answer={"message": "Email verified successfully.", "success": True, "user": PROVEN}),
    Row("8.12b", "confirm, by the link alone", CONFIRM, status=401,
        answer={"error_code": "SIGN_IN_TO_CONFIRM", "error": None, "message": None, "success": False},
        differs="a link proves the address of who has registered it, not of who reads its mail"),
    Row("8.12c", "confirm, by the password", "POST /api/auth/confirm/{confirm}", {"password": "correct horse"},
        answer={"message": "Email verified successfully.", "success": True, "user": PROVEN}, sets=BOTH,
        differs="the same where nobody is signed in yet"),
    Row("8.13", "confirm again", "GET /api/auth/confirm/{proven}", headers=TOKENS,
        answer={"message": "Account already verified.", "success": True, "user": PROVEN}),
    Row("8.14", "confirm, bad link", "GET /api/auth/confirm/abc", status=400,
        answer={"error_code": "INVALID_TOKEN", "message": "Verification link is invalid or has expired.",
                "success": False}),
    Row("8.15", "confirm, person gone", "GET /api/auth/confirm/{ghost_confirm}", status=404,
        answer={"error_code": "USER_NOT_FOUND", "message": "User not found.", "success": False}),
    Row("8.16", "resend, proven already", RESEND, headers={"Cookie": "access_token_cookie={proven_access}"},
        answer={"message": "User is already verified"}),
    Row("8.17", "resend", RESEND, headers=TOKENS, answer={"message": "Verification email sent successfully"}),
    Row("12.1", "what has happened to oneself", "GET /api/audit/audit-logs/me?limit=1", headers=TOKENS,
        answer={"count": 1, "logs": None}),
    Row("12.2", "limit is no number", "GET /api/audit/audit-logs/me?limit=abc", headers=TOKENS, status=400,
        answer=ERROR | {"fields": {"limit": None}}, differs=VALIDATED),
    Row("12.13", "my activity", "GET /api/audit/activity-logs/me?limit=1", headers=TOKENS,
        answer={"activities": None, "count": 1}, differs="it holds what the audit log does"),
]  # fmt: skip

# Where tokens go, by AUTHSVC_TOKEN_DELIVERY; the package answered alike to a browser and to a program.
IN_BODY = {"access_token": None, "refresh_token": None}
DELIVERY = {
    "body_only": [
        Row("13.1", "register", REGISTER, SIGN_UP, status=201,
            answer={"message": None, "msg": "Login successful", **IN_BODY}),
        Row("13.2", "login", LOGIN, LOG_IN, answer={"msg": "Login successful", **IN_BODY}),
        Row("13.3", "refresh", REFRESH, headers={"Authorization": "Bearer {refresh}"},
            answer={"msg": "Token refreshed successfully", **IN_BODY}),
        Row("13.4", "logout", LOGOUT, headers={"Authorization": "Bearer {access}"}, sets=REMOVED,
            answer={"msg": "Successfully logged out"}),
    ],
    "dual": [
        Row("13.5", "register", REGISTER, SIGN_UP, status=201, sets=BOTH,
            answer={"message": None, "msg": "Login successful", **IN_BODY}),
        Row("13.6", "login", LOGIN, LOG_IN, sets=BOTH, answer={"msg": "Login successful", **IN_BODY}),
        Row("13.7", "refresh by cookie", REFRESH, headers=TOKENS, sets=BOTH,
            answer={"msg": "Token refreshed successfully", **IN_BODY}),
        Row("13.8", "refresh by Bearer", REFRESH, headers={"Authorization": "Bearer {refresh}"}, sets=BOTH,
            answer={"msg": "Token refreshed successfully", **IN_BODY}),
        Row("13.9", "logout", LOGOUT, headers={"Authorization": "Bearer {access}"}, sets=REMOVED,
            answer={"msg": "Successfully logged out"}),
    ],
}  # fmt: skip

# With JWT_COOKIE_CSRF_PROTECT=True.
FOUR = {"access_token_cookie", "csrf_access_token", "refresh_token_cookie", "csrf_refresh_token"}
MISMATCH = {"msg": "CSRF double submit tokens do not match"}
DOUBLE_SUBMIT = [
    Row("14.1", "register", REGISTER, SIGN_UP, status=201, answer=REGISTERED, sets=FOUR),
    Row("14.2", "GET needs no header", CHECK, headers=TOKENS, answer={"msg": "User is authenticated", **USER}),
    Row("14.3", "POST without header", UPDATE, {"first_name": "x"}, TOKENS, 401, {"msg": "Missing CSRF token"}),
    Row("14.4", "POST, wrong header", UPDATE, {"first_name": "x"}, TOKENS | {"X-CSRF-TOKEN": "wrong"}, 401, MISMATCH),
    Row("14.5", "POST, right header", UPDATE, {"first_name": "x"}, TOKENS | {"X-CSRF-TOKEN": "{csrf_access}"},
        answer=updated(first_name="x")),
    Row("14.6", "refresh, the header of the other kind", REFRESH, headers=TOKENS | {"X-CSRF-TOKEN": "{csrf_access}"},
        status=401, answer=MISMATCH),
    Row("14.7", "refresh, right header", REFRESH, headers=TOKENS | {"X-CSRF-TOKEN": "{csrf_refresh}"},
        answer={"msg": "Token refreshed successfully"}, sets=FOUR),
    Row("14.8", "Bearer needs none", UPDATE, {"first_name": "y"}, {"Authorization": "Bearer {access}"},
        answer=updated(first_name="y")),
    Row("14.10", "logout", LOGOUT, headers=TOKENS | {"X-CSRF-TOKEN": "{csrf_access}"},
        answer={"msg": "Successfully logged out"}, sets={f"-{name}" for name in FOUR}),
]  # fmt: skip

# With REQUIRE_EMAIL_VERIFICATION=True.
UNPROVEN = [
    Row("15.1", "register", REGISTER, SIGN_UP, status=202, answer={"message": None, "verification_required": True},
        differs="nobody is signed in before the address is proven"),
    Row("15.3", "login, not proven", LOGIN, {"email": "{waiting}", "password": "correct horse"}, status=401,
        answer={"error": "Invalid email or password, or the address has not been confirmed yet", "status": 401},
        differs="nobody is told which addresses have accounts"),
]  # fmt: skip
