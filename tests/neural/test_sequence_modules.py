"""What holds for every module that reads a word from its start."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_makemore._estimators import transformer
from sklearn_makemore._neural.making import initialise, seed_dropout, seeded_generator, weights_of
from sklearn_makemore._neural.modules import SeededDropout
from sklearn_makemore._neural.prefixes import UnsharedPrefixes
from tests.neural.networks import N_SYMBOLS, Slow, sequence_modules

MODULES = sequence_modules()
CODES = st.lists(st.integers(0, N_SYMBOLS - 1), min_size=1, max_size=12)
each_module = pytest.mark.parametrize("module", MODULES.values(), ids=MODULES)


@pytest.fixture(autouse=True, scope="module")
def few_words_share_prefixes_as_many_do():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transformer, "FEWEST_WORDS", 2)
        yield


@each_module
@given(CODES, CODES, CODES)
@settings(max_examples=20)
def test_later_symbols_change_no_earlier_prediction(module, beginning, end, other_end):
    n = len(beginning)
    with torch.no_grad():
        one, other = (module(torch.tensor([beginning + rest])) for rest in (end, other_end))
    torch.testing.assert_close(one[:, :n], other[:, :n], rtol=0, atol=1e-5)


@each_module
@given(CODES, st.lists(st.integers(1, 4), max_size=6))
@settings(max_examples=20)
def test_reading_in_pieces_is_reading_at_once(module, codes, sizes):
    """Also against the slow way, which reads everything again."""
    codes = torch.tensor([codes, codes[::-1]])
    with torch.no_grad():
        at_once = module(codes)
        for reader in (module, Slow(module)):
            state, logits, start = reader.init_state(2, codes.device), [], 0
            for size in [*sizes, codes.shape[1]]:
                piece = codes[:, start : start + size]
                if piece.shape[1]:
                    part, state = reader.read(piece, state)
                    logits.append(part)
                start += size
            in_pieces = torch.cat(logits, dim=1)
            torch.testing.assert_close(in_pieces, at_once, rtol=0, atol=1e-5)


@each_module
def test_words_that_go_on_alike_may_have_begun_differently(module):
    words = torch.tensor([[0, 1, 3, 3], [0, 2, 3, 3]])
    with torch.no_grad():
        _, state = module.read(words[:, :2], module.init_state(2, words.device))
        logits, _ = module.read(words[:, 2:], state)
        torch.testing.assert_close(logits, module(words)[:, 2:], rtol=0, atol=1e-5)


@each_module
@given(st.lists(st.lists(st.integers(0, 2), min_size=5, max_size=5), min_size=1, max_size=9))
@settings(max_examples=20)
def test_words_read_together_are_read_as_alone(module, words):
    """Also those that begin alike, one after the other or apart."""
    with torch.no_grad():
        together = module(torch.tensor(words))
        alone = [module(torch.tensor([word]))[0] for word in words]
    torch.testing.assert_close(together, torch.stack(alone), rtol=0, atol=1e-5)


@each_module
def test_gradients_of_words_read_together_are_those_of_words_read_alone(module):
    words = torch.tensor([[0, 1, 2, 3], [0, 1, 2, 4], [0, 1, 3, 4], [0, 1, 3, 4], [0, 2, 1, 4]])
    shares = torch.randn((*words.shape, module.n_targets), generator=seeded_generator(0))

    def gradient(logits, shares):
        return torch.autograd.grad((logits * shares).sum(), list(module.parameters()))

    together = gradient(module(words), shares)
    each = [gradient(module(word[None]), share) for word, share in zip(words, shares, strict=True)]
    for found, *parts in zip(together, *each, strict=True):
        torch.testing.assert_close(found, sum(parts), rtol=1e-4, atol=1e-4)


@each_module
def test_reading_changes_no_state(module):
    codes = torch.tensor([[0, 1, 2]])
    with torch.no_grad():
        _, state = module.read(codes, module.init_state(1, codes.device))
        before = [tensor.clone() for tensor in state]
        first, _ = module.read(codes, state)
        second, _ = module.read(codes, state)
    assert torch.equal(first, second)
    assert all(map(torch.equal, state, before))
    assert sum(tensor.numel() for tensor in state[-1:]) <= module.state_size


@pytest.mark.parametrize("name", [name for name in MODULES if "bag" not in name])
def test_order_matters(name):
    module = MODULES[name]
    with torch.no_grad():
        logits = module(torch.tensor([[0, 1, 2, 3], [0, 2, 1, 3]]))[:, -1]
    assert (logits[0] - logits[1]).abs().max() > 1e-3


def test_a_bag_leaves_out_order():
    with torch.no_grad():
        logits = MODULES["bag"](torch.tensor([[0, 1, 2, 3], [0, 2, 1, 3]]))[:, -1]
    torch.testing.assert_close(logits[0], logits[1], rtol=0, atol=1e-6)


def test_attention_reaches_as_far_back_as_the_block():
    """One layer: a prediction depends on the last block_size symbols alone, however long a word."""
    module = MODULES["transformer, short block"]
    one = torch.tensor([[0, 1, 2, 3, 4, 1, 2, 3]])
    other = one.clone()
    other[:, 2] = 4
    block = module.blocks[0]
    with torch.no_grad():
        past = module.init_state(1, one.device)[1:3]
        alone = UnsharedPrefixes()
        read = [block(module.embedding(codes[0]), alone, *past)[0] for codes in (one, other)]
    differs = (read[0] - read[1]).abs().amax(1) > 1e-6
    assert differs.tolist() == [False, False, True, True, True, False, False, False]


@pytest.mark.parametrize("name", MODULES)
def test_dropout_is_seeded(name):
    module = sequence_modules(dropout=0.5)[name].train()
    kinds = {type(layer) for layer in module.modules() if isinstance(layer, torch.nn.Dropout)}
    assert kinds == {SeededDropout}
    recurrent = [layer for layer in module.modules() if isinstance(layer, torch.nn.RNNBase)]
    assert not any(layer.dropout for layer in recurrent)
    layers, seeds = [each for each in module.modules() if isinstance(each, SeededDropout)], set()
    for seed in (0, 1):
        seed_dropout(module, torch.Generator().manual_seed(seed))
        seeds |= {layer.generator.initial_seed() for layer in layers}
    assert len(seeds) == 2 * len(layers)


def test_weights_do_not_change_with_the_network():
    module = sequence_modules()["bag"]
    weights = weights_of(module)
    with torch.no_grad():
        for values in module.parameters():
            values.fill_(7.0)
    assert not any((array == 7.0).any() for array in weights)


def test_first_weights_are_as_large_as_torch_s_own():
    """The extremes of many uniform numbers are the bounds that torch draws between."""
    for make in (
        lambda: torch.nn.Linear(400, 50),
        lambda: torch.nn.GRU(20, 400),
        lambda: torch.nn.Embedding(90, 90),
    ):
        torch.manual_seed(0)
        theirs, mine = make(), make()
        initialise(mine, torch.Generator().manual_seed(1))
        for name, weights in mine.named_parameters():
            expected = theirs.get_parameter(name)
            assert weights.std().item() == pytest.approx(expected.std().item(), rel=0.2), name
            assert not torch.equal(weights, expected)


def test_weights_that_nothing_initialises_are_named():
    class Own(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.gate = torch.nn.Parameter(torch.empty(3))

    with pytest.raises(TypeError, match="Own has weights that nothing gives a first value"):
        initialise(Own(), torch.Generator())
    with pytest.raises(TypeError, match="Conv1d"):
        initialise(torch.nn.Conv1d(2, 2, 1), torch.Generator())

    class Filled(Own):
        def initialise(self, generator):
            torch.nn.init.zeros_(self.gate)

    module = Filled()
    initialise(module, torch.Generator())
    assert module.gate.abs().sum() == 0
