"""Errors in training, its data and checkpoints, and in networks and their scores."""

from tests.mutants.mutants import mutants_of

ADAMW = [
    *mutants_of(
        "_neural/adamw.py",
        "tests/neural/test_data.py",
        ("the rate is highest too late", "round(0.3 * n_steps)", "round(0.4 * n_steps)"),
        ("the gradient leaves out the targets", "        gradient -= targets\n", "        pass\n"),
    ),
    *mutants_of(
        "_neural/adamw.py",
        "tests/neural/test_adamw.py",
        ("gradients of any size are used", "if self._largest_gradient is not None:", "if False:"),
        (
            "small gradients grow",
            "(self._largest_gradient / norm).clamp(max=1)",
            "(self._largest_gradient / norm)",
        ),
        ("weights do not decay", "weight_decay=self._weight_decay", "weight_decay=0.0"),
        ("parts of a batch count as much as all", "                gradient *= share\n", ""),
        (
            "the loss of a batch is that of its first part",
            "return torch.stack(weighted).sum() / sum(shares)",
            "return losses[0]",
        ),
    ),
    *mutants_of(
        "_neural/adamw.py",
        "tests/estimators/test_checkpoint.py::test_a_fit_goes_on_to_the_bit",
        (
            "moments begin anew after an interruption",
            '                tensor.copy_(state[f"{name}.{i}"])\n',
            "                pass\n",
        ),
    ),
]

DATA = [
    *mutants_of(
        "_neural/data.py",
        "tests/neural/test_data.py",
        (
            "batches forget where they stood",
            '        self._place = int(state["place"])\n',
            "        self._place = 0\n",
        ),
        (
            "rows are drawn without regard to weights",
            "cumulative = cumulative_shares(self.weights)",
            "cumulative = cumulative_shares(torch.ones_like(self.weights))",
        ),
        (
            "a row is drawn in place of the one before it",
            "torch.searchsorted(cumulative, places, right=True)",
            "torch.searchsorted(cumulative, places, right=True) + 1",
        ),
        (
            "targets are counts and no distributions",
            "(counts / weights[row_of]).float()",
            "counts.float()",
        ),
    ),
    *mutants_of(
        "_neural/sequence_data.py",
        "tests/neural/test_sequence_data.py",
        (
            "padding is predicted",
            "return codes, places[:-1] < lengths",
            "return codes, torch.ones_like(codes[:, :-1], dtype=torch.bool)",
        ),
        (
            "the symbol that is read is predicted",
            "return Batch(codes[:, :-1], codes[:, 1:], weights)",
            "return Batch(codes[:, :-1], codes[:, :-1], weights)",
        ),
        (
            "words are drawn without regard to weights",
            "cumulative = cumulative_shares(self.weights)",
            "cumulative = cumulative_shares(torch.ones_like(self.weights))",
        ),
        (
            "weights of a word that occurs again are forgotten",
            "total.get(key, 0.0) + weight",
            "weight",
        ),
        (
            "the unknown symbol itself is predicted",
            "is_known = words.targets != words.unknown_code",
            "is_known = np.roll(words.targets, 1) != words.unknown_code",
        ),
    ),
]

SCORING = mutants_of(
    "_neural/scoring.py",
    "tests/neural/test_scoring.py",
    (
        "a long word is forgotten where it is cut",
        "logits, state = self._module.read(codes.to(self._batches.device), state)",
        "logits, _ = self._module.read(codes.to(self._batches.device), state)",
    ),
    (
        "what is too large is tried again as it is",
        "                self._at_once //= 2\n",
        "                raise\n",
    ),
    (
        "states belong to the words of another order",
        "tuple(tensor[before[part]] for tensor in state.states)",
        "tuple(tensor[before[part] * 0] for tensor in state.states)",
    ),
    (
        "words that are the same have the score of the first word",
        "chosen[number] = np.arange(words.n_words)",
        "chosen[number] = 0",
    ),
) + mutants_of(
    "_neural/scoring.py",
    "tests/estimators/test_mlp.py::test_unknown_characters_have_one_share_in_n_plus_one",
    (
        "the unknown symbol has one share in N",
        "share = np.log1p(self._n_predictions)",
        "share = np.log(self._n_predictions)",
    ),
)

OF_MLP = "tests/estimators/test_mlp.py::test_"
TRAINING = [
    *mutants_of(
        "_neural/training.py",
        OF_MLP + "early_stopping_keeps_the_best_weights_for_words_it_has_not_seen",
        ("the last weights are kept", "            self._held_out.restore_best()\n",
         "            pass\n"),
    ),
    *mutants_of(
        "_neural/training.py",
        "tests/inspection/test_curves.py::test_sgd_looks_every_thousand_steps",
        (
            "held-out words are not looked at in the end",
            "is_last = is_last or result.n_steps == self._n_steps",
            "is_last = False",
        ),
    ),
    *mutants_of(
        "_neural/training.py",
        OF_MLP + "a_look_that_is_no_number_is_not_the_best",
        (
            "a loss that is no number is the best",
            "np.where(np.isfinite(result.validation_curve), result.validation_curve, np.inf)",
            "np.array(result.validation_curve)",
        ),
        (
            "the weights of a look that is no number are kept",
            "if loss < np.nanmin([*result.validation_curve, np.inf]):",
            "if not loss >= np.nanmin([*result.validation_curve, np.inf]):",
        ),
    ),
    *mutants_of(
        "_neural/training.py",
        "tests/estimators/test_checkpoint.py::test_it_is_written_about_every_minute",
        ("blocks have 49 steps", "STEPS_PER_BLOCK = 50 ", "STEPS_PER_BLOCK = 49 "),
    ),
    *mutants_of(
        "_neural/training.py",
        OF_MLP + "an_interrupt_within_a_block_keeps_the_steps_before_it",
        ("losses of a block that is cut short are lost", "        finally:\n            # Brought",
         "        finally:\n            pass\n        if True:\n            # Brought"),
    ),
    *mutants_of(
        "_neural/training.py",
        "tests/neural/test_data.py::test_held_out_rows_are_looked_at_without_dropout",
        ("held-out words are looked at with dropout", "    module.eval()\n", ""),
    ),
]  # fmt: skip

OF_CHECKPOINT = "tests/estimators/test_checkpoint.py::test_"
CHECKPOINT = [
    *mutants_of(
        "_neural/checkpoint.py",
        OF_CHECKPOINT + "a_fit_goes_on_to_the_bit",
        (
            "dropout draws from other generators",
            "            self._generators()[name].set_state(state)\n",
            "            pass\n",
        ),
        ("the file stays", "            os.unlink(self._path)\n", "            pass\n"),
    ),
    *mutants_of(
        "_neural/checkpoint.py",
        OF_CHECKPOINT + "the_best_weights_may_be_those_before_the_interruption",
        (
            "the best weights so far are forgotten",
            'held_out.best_weights = _of("best", tensors)',
            "held_out.best_weights = {}",
        ),
    ),
    *mutants_of(
        "_neural/checkpoint.py",
        OF_CHECKPOINT + "a_checkpoint_of_another_fit_is_refused",
        ("a training of other words is gone on with", "        if changed:", "        if False:"),
    ),
]

MODULES = [
    *mutants_of(
        "_neural/making.py",
        "tests/neural/test_sequence_modules.py::test_dropout_is_seeded",
        (
            "dropout has the same seed in every fit",
            "seed = int(torch.randint(2**62, (1,), generator=generator))",
            "seed = 0",
        ),
    ),
    *mutants_of(
        "_neural/making.py",
        "tests/estimators/test_torch_module.py::test_the_unknown_symbol_is_the_mean_of_the_others",
        (
            "the embedding of the unknown symbol is what it was first",
            "weights[embedding][-1] = weights[embedding][:-1].mean(axis=0)",
            "pass",
        ),
    ),
    *mutants_of(
        "_neural/making.py",
        "tests/neural/test_sequence_modules.py::test_weights_do_not_change_with_the_network",
        (
            "weights change with the network",
            "each.detach().cpu().numpy().copy()",
            "each.detach().cpu().numpy()",
        ),
    ),
    *mutants_of(
        "_neural/modules.py",
        "tests/neural/test_data.py::test_seeded_dropout_draws_from_its_own_generator",
        ("dropout goes on when words are scored", "if not self.training or self.p == 0:",
         "if self.p == 0:"),
        ("dropout makes numbers smaller", "(drawn >= self.p) / (1 - self.p)", "(drawn >= self.p)"),
    ),
    *mutants_of(
        "_estimators/transformer.py",
        "tests/neural/test_sequence_modules.py",
        (
            "symbols see what comes after them",
            "query, key, value, is_causal=True)",
            "query, key, value, is_causal=False)",
        ),
        (
            "symbols see the one after them where past ones are kept",
            "in_sight = (back >= 0) &",
            "in_sight = (back >= -1) &",
        ),
        (
            "symbols see one symbol too few",
            "(back < self.block_size)",
            "(back < self.block_size - 1)",
        ),
    ),
    *mutants_of(
        "_estimators/transformer.py",
        "tests/neural/test_written_out.py::test_a_transformer",
        (
            "places of long words are all the last one",
            "self.place(places % self.place.num_embeddings)",
            "self.place(places.clamp(max=self.place.num_embeddings - 1))",
        ),
    ),
    *mutants_of(
        "_estimators/convolution.py",
        "tests/neural/test_written_out.py",
        (
            "contexts are filled up behind their symbols",
            "pad(windows, (self.n_before, 0))",
            "pad(windows, (0, self.n_before))",
        ),
    ),
    *mutants_of(
        "_estimators/rnn.py",
        "tests/neural/test_sequence_modules.py",
        (
            "all layers begin with the state of the first",
            "state[i * self.n_parts : (i + 1) * self.n_parts]]",
            "state[: self.n_parts]]",
        ),
    ),
]  # fmt: skip

MUTANTS = [*ADAMW, *DATA, *SCORING, *TRAINING, *CHECKPOINT, *MODULES]
