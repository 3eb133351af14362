package dev.paymeter.app;

import dev.paymeter.audit.ChainHead;
import dev.paymeter.security.SigningKey;
import java.util.Optional;

/** Signs hash chains with the key in the settings. */
record ChainSigningKey(SigningKey key) implements ChainHead.Signer {
  @Override
  public ChainHead.Signature sign(String text) {
    return new ChainHead.Signature(key.publicKey().id(), key.sign(text));
  }

  @Override
  public Optional<Boolean> hasSigned(String text, ChainHead.Signature signature) {
    return signature.keyId().equals(key.publicKey().id())
        ? Optional.of(key.publicKey().verifies(text, signature.bytes()))
        : Optional.empty();
  }
}
