#pragma once
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

// An OSSL_PARAM keeps a pointer to its name. Swift imports the names as `String` and hands over a copy that ends with
// the call, so whatever needs parameters is written here.

/// Sets key and digest of an HMAC context (EVP_MAC_init). 1 when it went well.
static inline int COpenSSL_HMAC_SHA256_init(EVP_MAC_CTX *context, const unsigned char *key, size_t key_length) {
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0),
      OSSL_PARAM_construct_end(),
  };
  return EVP_MAC_init(context, key, key_length, parameters);
}

/// Extracts and expands (EVP_KDF_derive). 1 when it went well.
static inline int COpenSSL_HKDF_SHA256(
    EVP_KDF_CTX *context, const unsigned char *key, size_t key_length, const unsigned char *salt, size_t salt_length,
    const unsigned char *info, size_t info_length, unsigned char *output, size_t output_length) {
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)key, key_length),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)salt, salt_length),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)info, info_length),
      OSSL_PARAM_construct_end(),
  };
  return EVP_KDF_derive(context, output, output_length, parameters);
}

/// Encrypts with AES-256-GCM and makes the tag. 1 when it went well.
static inline int COpenSSL_AES_256_GCM_seal(
    const unsigned char *key, const unsigned char *nonce, size_t nonce_length, const unsigned char *context,
    size_t context_length, const unsigned char *content, size_t length, unsigned char *sealed, unsigned char *tag,
    size_t tag_length) {
  EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
  int count = 0;
  int done = cipher && EVP_EncryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, NULL, NULL) == 1 &&
             EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_IVLEN, (int)nonce_length, NULL) == 1 &&
             EVP_EncryptInit_ex(cipher, NULL, NULL, key, nonce) == 1 &&
             EVP_EncryptUpdate(cipher, NULL, &count, context, (int)context_length) == 1 &&
             EVP_EncryptUpdate(cipher, sealed, &count, content, (int)length) == 1 &&
             EVP_EncryptFinal_ex(cipher, sealed + count, &count) == 1 &&
             EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, (int)tag_length, tag) == 1;
  EVP_CIPHER_CTX_free(cipher);
  return done;
}

/// Decrypts with AES-256-GCM. 1 when the tag is genuine; what was decrypted counts for nothing otherwise.
static inline int COpenSSL_AES_256_GCM_open(
    const unsigned char *key, const unsigned char *nonce, size_t nonce_length, const unsigned char *context,
    size_t context_length, const unsigned char *sealed, size_t length, unsigned char *content, unsigned char *tag,
    size_t tag_length) {
  EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
  int count = 0;
  int genuine = cipher && EVP_DecryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, NULL, NULL) == 1 &&
                EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_IVLEN, (int)nonce_length, NULL) == 1 &&
                EVP_DecryptInit_ex(cipher, NULL, NULL, key, nonce) == 1 &&
                EVP_DecryptUpdate(cipher, NULL, &count, context, (int)context_length) == 1 &&
                EVP_DecryptUpdate(cipher, content, &count, sealed, (int)length) == 1 &&
                EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, (int)tag_length, tag) == 1 &&
                EVP_DecryptFinal_ex(cipher, content + count, &count) == 1;
  EVP_CIPHER_CTX_free(cipher);
  return genuine;
}

// EVP_PKEY_Q_keygen has a variable number of arguments, which Swift cannot pass.

/// A new RSA key; NULL when it cannot be made.
static inline EVP_PKEY *COpenSSL_make_RSA(size_t bits) { return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", bits); }

/// A new key on the curve P-256.
static inline EVP_PKEY *COpenSSL_make_P256(void) { return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"); }

/// A new Ed25519 key.
static inline EVP_PKEY *COpenSSL_make_Ed25519(void) { return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"); }

/// Makes a public key of its parameters, and frees both; NULL when it is none.
static inline EVP_PKEY *COpenSSL_public_key(const char *type, OSSL_PARAM_BLD *builder) {
  OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
  EVP_PKEY *key = NULL;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context) != 1 ||
      EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
    key = NULL;
  EVP_PKEY_CTX_free(context);
  OSSL_PARAM_free(parameters);
  OSSL_PARAM_BLD_free(builder);
  return key;
}

/// The public key that is this point of P-256: 4, x and y, 65 bytes. NULL when it is not on the curve.
static inline EVP_PKEY *COpenSSL_P256(const unsigned char *point) {
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  if (!builder) return NULL;
  OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, 65);
  return COpenSSL_public_key("EC", builder);
}

/// The public RSA key of this modulus and exponent, big-endian; NULL when it cannot be made.
static inline EVP_PKEY *COpenSSL_RSA(
    const unsigned char *modulus, size_t modulus_length, const unsigned char *exponent, size_t exponent_length) {
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  BIGNUM *n = BN_bin2bn(modulus, (int)modulus_length, NULL), *e = BN_bin2bn(exponent, (int)exponent_length, NULL);
  EVP_PKEY *key = NULL;
  if (builder && n && e) {
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n);
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e);
    key = COpenSSL_public_key("RSA", builder);
  } else {
    OSSL_PARAM_BLD_free(builder);
  }
  BN_free(n);
  BN_free(e);
  return key;
}
