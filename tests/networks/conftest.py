import pytest

# Its asserts are the contract's: a failing one should show both sides.
pytest.register_assert_rewrite("tests.networks.contract")
