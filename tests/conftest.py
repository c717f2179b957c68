"""What holds for every test: nothing is put into the keyring of the person who runs them."""

import os

os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
