"""Torch models of every transition family, the state-tracking task, and training."""

from .advice import advice
from .baselines import KINDS, Baseline
from .bilinear_rnn import BilinearRNN, reference_forward
from .config import TrainConfig, usual_config
from .ensemble import train_ensemble
from .errors import CheckpointError, InputError, ModelError, TaskError, TrainingError
from .evaluate import accuracy_by_length, check_fit, evaluate
from .exact import model_from_weights
from .lengths import LengthLaw, length_law
from .storage import load_baseline, load_model, save_model
from .task import StateTracking, track, word_pieces
from .training import TrainRun, train
from .transitions import TRANSITIONS

__all__ = [
    "BilinearRNN",
    "reference_forward",
    "Baseline",
    "KINDS",
    "advice",
    "model_from_weights",
    "TRANSITIONS",
    "StateTracking",
    "LengthLaw",
    "length_law",
    "track",
    "word_pieces",
    "TrainConfig",
    "TrainRun",
    "train",
    "train_ensemble",
    "usual_config",
    "evaluate",
    "accuracy_by_length",
    "check_fit",
    "save_model",
    "load_model",
    "load_baseline",
    "ModelError",
    "InputError",
    "TaskError",
    "TrainingError",
    "CheckpointError",
]
