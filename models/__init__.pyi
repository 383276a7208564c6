"""Torch models of every transition family, the state-tracking task, and training."""

from .baselines import KINDS, Baseline
from .bilinear_rnn import BilinearRNN, model_from_weights
from .clean_up.refreshed import Refreshed
from .decoder import Activation, Affine, Decoder, Gate, Norm, Product, Residual
from .decoder_module import decoder_of
from .errors import CheckpointError, InputError, ModelError, TaskError, TrainingError
from .fewer_digits.kept_states import KeptStates, to_int8
from .fewer_digits.tf32_products import Tf32Products, to_tf32
from .files.arrays import read_network
from .files.own_module import load_weights, save_model
from .files.storage import load_baseline, load_layer, load_linear, load_model, load_network
from .layers.base import RecurrentLayer
from .layers.complex_diagonal import LRU, S4D, UnitPhasor
from .layers.delta_product import DeltaProduct
from .layers.deltanet import DeltaNet
from .layers.mamba3 import Mamba3
from .layers.pd_ssm import PDSSM
from .layers.rwkv7 import RWKV7
from .layers.sd_ssm import SDSSM
from .layers.slice import SLiCE
from .linear_rnn import LinearRNN
from .linear_weights import LinearWeights
from .normed_readout import NormedReadout
from .protocols import Answers, HiddenStates, LinearRecurrence, RoundedRecurrence
from .reference import reference_forward
from .sizes.ladder_advice import advice
from .sizes.ladder_sizes import usual_model
from .stacks.stacked_rnn import StackedRNN
from .tasks.benchmark_tasks import benchmark_task
from .tasks.generation import WordChunk, generate_words
from .tasks.lengths import LengthLaw, harmonic_lengths, length_law
from .tasks.task import StateTracking, track, word_pieces
from .tasks.word_files import read_words, write_words
from .tasks.word_table import WordTable
from .training.accuracy import accuracy_by_length, check_fit, evaluate
from .training.config import TrainConfig, usual_config
from .training.ensemble import train_ensemble
from .training.exact_start import start_near
from .training.settling import Settled, settle
from .training.train_run import TrainRun, train
from .transitions.registry import TRANSITIONS

__all__ = [
    "BilinearRNN",
    "StackedRNN",
    "reference_forward",
    "Baseline",
    "KINDS",
    "LinearRNN",
    "Refreshed",
    "KeptStates",
    "to_int8",
    "Tf32Products",
    "to_tf32",
    "LinearWeights",
    "NormedReadout",
    "Decoder",
    "decoder_of",
    "Affine",
    "Gate",
    "Activation",
    "Norm",
    "Residual",
    "Product",
    "RecurrentLayer",
    "DeltaNet",
    "DeltaProduct",
    "RWKV7",
    "Mamba3",
    "LRU",
    "S4D",
    "UnitPhasor",
    "PDSSM",
    "SLiCE",
    "SDSSM",
    "Answers",
    "HiddenStates",
    "LinearRecurrence",
    "RoundedRecurrence",
    "advice",
    "model_from_weights",
    "TRANSITIONS",
    "StateTracking",
    "WordTable",
    "WordChunk",
    "generate_words",
    "read_words",
    "write_words",
    "benchmark_task",
    "LengthLaw",
    "length_law",
    "harmonic_lengths",
    "track",
    "word_pieces",
    "TrainConfig",
    "TrainRun",
    "train",
    "train_ensemble",
    "usual_config",
    "usual_model",
    "settle",
    "start_near",
    "Settled",
    "evaluate",
    "accuracy_by_length",
    "check_fit",
    "save_model",
    "load_model",
    "load_baseline",
    "load_layer",
    "load_linear",
    "load_weights",
    "load_network",
    "read_network",
    "ModelError",
    "InputError",
    "TaskError",
    "TrainingError",
    "CheckpointError",
]
