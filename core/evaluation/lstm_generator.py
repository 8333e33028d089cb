"""The LSTM generator of Table 3: a label and a code of time become landmark motion, always the same for a label."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

HIDDEN = 128
STEPS, RATE = 600, 3e-3
SCALE = 200.0  # brings metres of landmark motion to about 1


class LstmGenerator(nn.Module):
    """After the temporal encoder that the paper compares with (its Sect. 4.3): per frame the label, weighted by how far the motion has come,
    goes through an LSTM and a linear layer to landmark displacement."""

    def __init__(self, labels: int, dimension: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(labels + 1, HIDDEN, batch_first=True)
        self.out = nn.Linear(HIDDEN, dimension)

    def forward(self, label: Tensor, samples: int) -> Tensor:
        """One-hot label (N, C) -> displacement (N, samples, D) in units of 1 / SCALE m, zero at the first sample."""
        time = torch.linspace(0.0, 1.0, samples)[None, :, None].expand(len(label), -1, 1)
        states, _ = self.lstm(torch.cat([label[:, None] * time, time], dim=2))
        made = self.out(states)
        return made - made[:, :1]


def fit_lstm(curves: np.ndarray, labels: np.ndarray, count: int, seed: int) -> LstmGenerator:
    """Least squares over training curves (N, S + 1, 68, 3) with labels (N,) of `count`.

    All motions of a label share one input, so the sum over them has the gradient of their mean, weighted by their number: training on the
    means is training on all, but for a constant.
    """
    torch.manual_seed(seed)
    flat = curves.reshape(*curves.shape[:2], -1)
    known = np.unique(labels)
    mean = torch.from_numpy(np.stack([flat[labels == k].mean(axis=0) for k in known]).astype(np.float32)) * SCALE
    share = torch.tensor([float((labels == k).mean()) for k in known])
    code = torch.eye(count)[torch.from_numpy(known)]
    model = LstmGenerator(count, flat.shape[2])
    optimiser = torch.optim.Adam(model.parameters(), lr=RATE)
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)
    for _ in range(STEPS):
        optimiser.zero_grad()
        loss = (share * ((model(code, flat.shape[1]) - mean) ** 2).mean(dim=(1, 2))).sum()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        rate.step()
    return model.eval()


def sample(model: LstmGenerator, labels: np.ndarray, count: int, samples: int) -> np.ndarray:
    """Curves (N, samples, 68, 3) float32 m for labels (N,) of `count`."""
    with torch.no_grad():
        made = model(torch.eye(count), samples).numpy() / SCALE
    return made.reshape(count, samples, -1, 3)[labels]
