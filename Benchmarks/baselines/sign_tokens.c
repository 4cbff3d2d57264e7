// sign_tokens: signatures for JSON Web Tokens (RFC 7518, section 3; RFC 8037, section 3.1), as many as one likes.
//
//   sign_tokens KEY RS256|ES256|EdDSA
//
// KEY is a private key in PEM. Every line of the input is what is to be signed, HEADER.CLAIMS; the output has the whole
// token for each.
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 16384, SIGNATURE = 1024, HALF = 32 };

static void fail(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

// The two numbers of an ECDSA signature one after the other, instead of OpenSSL's DER (RFC 7518, section 3.4).
static size_t joined_halves(unsigned char *signature, size_t length) {
  const unsigned char *bytes = signature;
  ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &bytes, (long)length);
  if (pair == NULL) fail("no ECDSA signature");
  unsigned char halves[2 * HALF];
  if (BN_bn2binpad(ECDSA_SIG_get0_r(pair), halves, HALF) != HALF ||
      BN_bn2binpad(ECDSA_SIG_get0_s(pair), halves + HALF, HALF) != HALF)
    fail("numbers of another curve");
  ECDSA_SIG_free(pair);
  memcpy(signature, halves, sizeof halves);
  return sizeof halves;
}

static void print_base64url(const unsigned char *bytes, size_t length) {
  unsigned char text[2 * SIGNATURE];
  int count = EVP_EncodeBlock(text, bytes, (int)length);
  for (int index = 0; index < count && text[index] != '='; index++)
    putchar(text[index] == '+' ? '-' : text[index] == '/' ? '_' : text[index]);
}

int main(int count, char **arguments) {
  if (count != 3) fail("usage: sign_tokens KEY RS256|ES256|EdDSA");
  FILE *file = fopen(arguments[1], "r");
  EVP_PKEY *key = file == NULL ? NULL : PEM_read_PrivateKey(file, NULL, NULL, NULL);
  if (key == NULL) fail("no private key");
  const EVP_MD *digest = strcmp(arguments[2], "EdDSA") == 0 ? NULL : EVP_sha256();
  static char line[LINE];
  while (fgets(line, sizeof line, stdin) != NULL) {
    line[strcspn(line, "\n")] = 0;
    unsigned char signature[SIGNATURE];
    size_t length = sizeof signature;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (EVP_DigestSignInit(context, NULL, digest, NULL, key) != 1 ||
        EVP_DigestSign(context, signature, &length, (const unsigned char *)line, strlen(line)) != 1)
      fail("this key cannot sign so");
    EVP_MD_CTX_free(context);
    if (strcmp(arguments[2], "ES256") == 0) length = joined_halves(signature, length);
    printf("%s.", line);
    print_base64url(signature, length);
    putchar('\n');
  }
  return 0;
}
