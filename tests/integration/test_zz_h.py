import pytest
from collections import Counter
from tests.integration.test_tools_fuzz import *
import tests.integration.test_tools_fuzz as F
C=Counter()
pytestmark = pytest.mark.integration
_is=F.is_clear
def spy(o):
    C[type(o.result).__name__]+=1
    _is(o)
F.is_clear=spy
def teardown_module():
    print(C)
