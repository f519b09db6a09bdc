"""What every data source is: a function from the account, one region of it and the arguments to the outputs."""

from collections.abc import Callable

from bodo_infra.plugin.account.account import Account
from bodo_infra.plugin.account.view import View
from bodo_infra.plugin.wire_codec import Bag

Answer = Callable[[Account, View, Bag], Bag]
