"""What holds for every test: nothing is put into the keyring or the home of the person who runs them."""

import os
import tempfile

os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
# Kept here so that it lives as long as the tests do.
HOME = tempfile.TemporaryDirectory(prefix="secondunit-home-")
os.environ["SECONDUNIT_HOME"] = HOME.name
