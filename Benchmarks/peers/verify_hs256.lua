-- HS256 verified by nginx itself: what a site writes that wants no other program beside its web server. Signature and
-- expiry are checked, and nothing else: no revocation, no requirement, no identity for an application.
--
-- The key stays in one HMAC context of OpenSSL, with which nginx is linked: a worker has one thread.

local ffi = require "ffi"
local base64 = require "ngx.base64"
local json = require "cjson.safe"

ffi.cdef [[
typedef struct hmac_ctx_st HMAC_CTX;
HMAC_CTX *HMAC_CTX_new(void);
const void *EVP_sha256(void);
int HMAC_Init_ex(HMAC_CTX *ctx, const void *key, int len, const void *md, void *impl);
int HMAC_Update(HMAC_CTX *ctx, const unsigned char *data, size_t len);
int HMAC_Final(HMAC_CTX *ctx, unsigned char *md, unsigned int *len);
int CRYPTO_memcmp(const void *in_a, const void *in_b, size_t len);
]]

local crypto = ffi.C
local context, mac = crypto.HMAC_CTX_new(), ffi.new("unsigned char[32]")

local verifier = {}

function verifier.use_key(key)
  assert(crypto.HMAC_Init_ex(context, key, #key, crypto.EVP_sha256(), nil) == 1)
end

local function is_signed(signed, signature)
  return #signature == 32
    and crypto.HMAC_Init_ex(context, nil, 0, nil, nil) == 1
    and crypto.HMAC_Update(context, signed, #signed) == 1
    and crypto.HMAC_Final(context, mac, nil) == 1
    and crypto.CRYPTO_memcmp(mac, signature, 32) == 0
end

local function decoded(part)
  local text = base64.decode_base64url(part)
  local value = text and json.decode(text)
  return type(value) == "table" and value or {}
end

local function is_valid(token)
  local dot = token:find(".", 1, true)
  local second = dot and token:find(".", dot + 1, true)
  local signature = second and base64.decode_base64url(token:sub(second + 1))
  if not signature or decoded(token:sub(1, dot - 1)).alg ~= "HS256" then return false end
  if not is_signed(token:sub(1, second - 1), signature) then return false end
  local expiry = decoded(token:sub(dot + 1, second - 1)).exp
  return type(expiry) == "number" and expiry > ngx.time()
end

function verifier.check()
  local token = ngx.var.cookie_access_token_cookie
  if not token or not is_valid(token) then return ngx.exit(401) end
end

return verifier
