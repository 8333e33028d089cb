"""How the shipped S2D-Dec is trained: principal components of the displacement, a linear start, and two augmentations that linear maps have
for free and networks must be taught: a face may be mirrored, and its motions may be put together. How the skin follows its landmarks where the
network does not is a regression of its own, fitted before."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from scipy.spatial import cKDTree
from torch import Tensor, nn

from ..data.performances import MM, STEP, Frames, Performances
from ..dense.conditioned import ConditionedS2D, Config, predictor
from .distributed import mine
from .loop import update
from .recipe import preset_of
from .s2d import landmark_weights

STILL = 0.02  # mm; a vertex that never moves more is left out
SPANNED = 3000  # frames that the components are taken from
SAMPLED = 512  # vertices of each step's loss
SYMMETRIC = 2e-3  # m; a mesh whose mirror image is nearer than this to itself is mirrored
PAIRED = 0.99  # share of its vertices that must be each other's mirror image
LOOSE = 0.1  # mm^2, ridge of how the skin follows: the less, the more it trusts a single landmark and its noise
RIDGE = 1e-3  # of the linear start, relative to the number of frames
COMPOSED, LEAST = 0.5, 0.5  # share of a batch that is a sum of two motions of one person; least strength of the first of them
CODE_NOISE = 0.25  # of the neutral's coordinates: few people must stand for all
PARTS = 2048  # frames handled at a time


@dataclass(frozen=True)
class Preset:
    """steps of `batch` frames at learning rate `rate`; beta_1 and beta_2 of the total loss; size of the network."""

    steps: int
    batch: int = 128
    rate: float = 1e-3
    decay: float = 1e-2
    beta_1: float = 1.0
    beta_2: float = 0.1
    components: int = 232
    code: int = 24
    hidden: int = 512


PRESETS = {"short": Preset(steps=400), "cpu": Preset(steps=5000), "full": Preset(steps=60_000, hidden=768)}
preset = partial(preset_of, "s2d_dec", PRESETS)


def mirror_map(points: np.ndarray) -> np.ndarray | None:
    """For each point (N, 3) m the one (N,) at its mirror image across x = 0; None where the mesh is not symmetric."""
    sides = np.array([-1.0, 1.0, 1.0])
    distance, other = cKDTree(points).query(points * sides)
    even = (points + points[other] * sides) / 2  # a mean face is a little uneven still
    other = np.asarray(cKDTree(even).query(even * sides)[1])
    paired = (other[other] == np.arange(len(points))).mean()  # points that nearly coincide may take each other's place
    return other if distance.max() < SYMMETRIC and paired > PAIRED else None


class Mirror:
    """Faces of one topology seen in a mirror."""

    def __init__(self, vertices: np.ndarray, landmarks: np.ndarray):
        """vertices (V, 3), landmarks (68, 3) m of the mean neutral; `possible` says whether it is symmetric enough."""
        self.vertex, self.landmark = mirror_map(vertices), mirror_map(landmarks)
        self.possible = self.vertex is not None and self.landmark is not None

    def surface(self, values: np.ndarray) -> np.ndarray:
        """Positions or displacement (N, V, 3)."""
        return values[:, self.vertex] * np.array([-1.0, 1.0, 1.0], np.float32)

    def points(self, values: np.ndarray) -> np.ndarray:
        """Displacement of the landmarks (N, 68, 3)."""
        return values[:, self.landmark] * np.array([-1.0, 1.0, 1.0], np.float32)


class ConditionedRecipe:
    """The recipe the training loop runs; `networks["s2d_dec"]` is the model."""

    def __init__(self, performances: Performances, train: np.ndarray, held: np.ndarray, preset: Preset, seed: int):
        """train, held: masks (C,) of the clips to learn from and to validate on."""
        torch.manual_seed(seed)
        self.preset, self.steps = preset, preset.steps
        self.noise = performances.noise * MM
        frames = performances.frames(train, exact=True)  # captured landmarks are made anew in every step
        self.held = performances.frames(held, every=7)
        people = np.unique(frames.person)
        neutral = frames.neutral[people].mean(axis=0)
        marks = performances.embedding.points(neutral, performances.triangles)
        self.mirror = Mirror(neutral, marks)
        largest = np.max([np.abs(frames.dense[k : k + PARTS]).max(axis=(0, 2)) for k in range(0, len(frames.person), PARTS)], axis=0)
        moves = largest * STEP * MM > STILL
        if self.mirror.possible:
            moves |= moves[self.mirror.vertex]
        seen = moves & performances.visible
        config = Config(len(moves), int(moves.sum()), int(seen.sum()), preset.components, preset.code, preset.hidden)
        self.model = ConditionedS2D(config)
        self._place(np.flatnonzero(moves), np.flatnonzero(seen), performances)
        self._neutrals(frames.neutral, people)
        self._span(frames, seed)
        self._follow(frames, seed)
        self._targets(frames)
        self._start()
        self.weight = torch.from_numpy(landmark_weights(neutral, marks)[moves]).float()
        self.networks: dict[str, nn.Module] = {"s2d_dec": self.model}
        optimiser = torch.optim.AdamW(self.model.parameters(), lr=preset.rate, weight_decay=preset.decay)
        self.optimisers: dict[str, torch.optim.Optimizer] = {"s2d_dec": optimiser}

    def _place(self, moves: np.ndarray, seen: np.ndarray, performances: Performances) -> None:
        place = np.full(self.model.config.vertices, len(moves))
        place[moves] = np.arange(len(moves))
        self.model.moves.copy_(torch.from_numpy(moves))
        self.model.place.copy_(torch.from_numpy(place))
        self.model.seen.copy_(torch.from_numpy(seen))
        embedding = performances.embedding
        self.model.corners.copy_(torch.from_numpy(place[performances.triangles[embedding.triangles]]))
        self.model.barycentric.copy_(torch.from_numpy(embedding.barycentric))

    def _neutrals(self, neutral: np.ndarray, people: np.ndarray) -> None:
        """The coordinates of a neutral face: principal components of the training people and their mirror images, scaled to unit variance.

        Only what is visible has a say: the inside of a head that Mimica adapted to is a guess.
        """
        model = self.model
        known = [neutral[people], self.mirror.surface(neutral[people])] if self.mirror.possible else [neutral[people]]
        shapes = torch.from_numpy(np.concatenate(known)[:, model.seen.numpy()].reshape(len(known) * len(people), -1) * MM).float()
        mean = shapes.mean(dim=0)
        _, values, directions = torch.linalg.svd(shapes - mean, full_matrices=False)
        count = min(model.config.code, len(people) - 1)
        spread = values[:count] / len(shapes) ** 0.5
        with torch.no_grad():
            model.mean.copy_(mean)
            model.shapes[:count] = directions[:count] / spread[:, None]
            everyone = torch.from_numpy(neutral).float()
            self.codes = [model.code(everyone)]
            if self.mirror.possible:
                self.codes.append(model.code(torch.from_numpy(self.mirror.surface(neutral))))

    def _moved(self, frames: Frames, rows: slice | np.ndarray, mirrored: bool = False) -> Tensor:
        """Displacement (n, M * 3) mm of the vertices that move."""
        values = frames.displacement(rows)
        values = self.mirror.surface(values) if mirrored else values
        return torch.from_numpy(values[:, self.model.moves.numpy()].reshape(len(values), -1) * MM).float()

    def _marks(self, frames: Frames, rows: slice | np.ndarray, mirrored: bool = False) -> Tensor:
        """Displacement (n, 204) mm of the landmarks."""
        marks = frames.landmarks[rows]
        marks = self.mirror.points(marks) if mirrored else marks
        return torch.from_numpy(marks.reshape(len(marks), -1) * MM).float()

    def _span(self, frames: Frames, seed: int) -> None:
        """B: principal components, not centred, of a sample of the training frames, half of them mirrored."""
        rows = np.random.default_rng(seed).permutation(len(frames.person))[:SPANNED]
        half = len(rows) // 2 if self.mirror.possible else len(rows)
        sample = torch.cat([self._moved(frames, rows[:half]), self._moved(frames, rows[half:], mirrored=True)] if half < len(rows) else
                           [self._moved(frames, rows)])  # fmt: skip
        count = min(self.model.config.components, len(rows))
        _, _, directions = torch.svd_lowrank(sample, q=min(count + 16, *sample.shape), niter=2)
        with torch.no_grad():
            self.model.basis[:count] = directions[:, :count].T
        self.basis = self.model.basis.float()

    def _follow(self, frames: Frames, seed: int) -> None:
        """F: ridge regression of vertices on landmarks that knows no directions, so that it holds for motion in directions nobody made."""
        rows = np.random.default_rng(seed).permutation(len(frames.person))[:SPANNED]
        gram, cross = torch.zeros(68, 68), torch.zeros(68, self.model.config.moving)
        ways = (False, True)[: 1 + self.mirror.possible]
        for mirrored in ways:
            x = self._marks(frames, rows, mirrored).unflatten(1, (68, 3)).transpose(1, 2).flatten(0, 1)
            gram += x.T @ x
            cross += x.T @ self._moved(frames, rows, mirrored).unflatten(1, (-1, 3)).transpose(1, 2).flatten(0, 1)
        count = 3 * len(rows) * len(ways)
        with torch.no_grad():
            self.model.follows.copy_(torch.linalg.solve(gram / count + LOOSE * torch.eye(68), cross / count))

    def _targets(self, frames: Frames) -> None:
        """Landmarks (W, N, 204) mm and coordinates (W, N, K) of every frame, as they are and mirrored."""
        self.person = torch.from_numpy(frames.person)
        points, coordinates = [], []
        for mirrored in (False, True)[: 1 + self.mirror.possible]:
            points.append(self._marks(frames, slice(None), mirrored))
            parts = (slice(k, k + PARTS) for k in range(0, len(frames.person), PARTS))
            coordinates.append(torch.cat([self._moved(frames, part, mirrored) @ self.basis.T for part in parts]))
        self.points, self.coordinates = torch.stack(points), torch.stack(coordinates)
        order = torch.argsort(self.person)
        self.order, self.count = order, torch.bincount(self.person, minlength=len(frames.neutral))
        self.first = torch.cumsum(self.count, 0) - self.count

    def _start(self) -> None:
        """Scales from the data; A begins as ridge regression of the coordinates, captured landmarks in mind, and the network as nothing."""
        model, points, coordinates = self.model, self.points.flatten(0, 1), self.coordinates.flatten(0, 1)
        scale = (points.pow(2).mean(dim=0) + self.noise**2).sqrt() + STILL
        x = (points / scale).double()
        gram = x.T @ x / len(x) + torch.diag((self.noise / scale.double()) ** 2) + RIDGE * torch.eye(len(scale), dtype=torch.float64)
        with torch.no_grad():
            solved = torch.linalg.solve(gram, x.T @ coordinates.double() / len(x)).float()
            size = (coordinates - x.float() @ solved).std()
            model.scale.copy_(scale)
            model.size.copy_(size)
            model.linear.weight.copy_(solved.T / size)

    def _other(self, rows: Tensor, random: torch.Generator) -> Tensor:
        """For each frame another one of the same person."""
        person = self.person[rows]
        return self.order[self.first[person] + (torch.rand(len(rows), generator=random) * self.count[person]).long()]

    def step(self, index: int, random: torch.Generator) -> dict[str, float]:
        preset, model = self.preset, self.model
        way = index % len(self.codes)
        rows = torch.randint(len(self.person), (preset.batch,), generator=random)
        other = self._other(rows, random)
        drawn = torch.rand(preset.batch, 3, generator=random)
        together = (drawn[:, 0] < COMPOSED).float()
        one, two = 1.0 - (1.0 - LEAST) * together * drawn[:, 1], together * drawn[:, 2]
        noise = self.noise * torch.randn(preset.batch, 204, generator=random)
        code_noise = CODE_NOISE * torch.randn(preset.batch, model.config.code, generator=random)
        rows, other, one, two, noise, code_noise = map(mine, (rows, other, one[:, None], two[:, None], noise, code_noise))
        points = one * self.points[way, rows] + two * self.points[way, other] + noise
        true = one * self.coordinates[way, rows] + two * self.coordinates[way, other]
        code = self.codes[way][self.person[rows]] + code_noise
        vertices = torch.randint(model.config.moving, (SAMPLED,), generator=random)
        columns = (3 * vertices[:, None] + torch.arange(3)).flatten()
        where = model.scale.device
        made = model.coordinates((points.unflatten(1, (68, 3)) / MM).to(where), code.to(where)) * model.size
        error = ((made - true.to(where)) @ self.basis[:, columns].to(where)).abs().unflatten(1, (-1, 3)).sum(dim=2)
        first, second = error.mean(), (self.weight[vertices].to(where) * error).mean()  # Eqs. 6 and 7 on a sample of the vertices
        update(self.optimisers["s2d_dec"], preset.beta_1 * first + preset.beta_2 * second)
        return {"L_dr_mm": first.item(), "L_pr_mm": second.item()}

    def predict(self, landmarks: np.ndarray, neutral: np.ndarray) -> np.ndarray:
        """Displacement (n, V, 3) m for landmarks (n, 68, 3) m and neutral (n, V, 3) m, of the model as it stands."""
        return predictor(self.model)(landmarks, neutral)

    def validate(self) -> dict[str, float]:
        error = [
            np.linalg.norm(self.predict(self.held.landmarks[k : k + 256], self.held.neutral[self.held.person[k : k + 256]])
                           - self.held.displacement(slice(k, k + 256)), axis=2).mean(axis=1)
            for k in range(0, len(self.held.person), 256)
        ]  # fmt: skip
        return {"held_out_mm": float(np.concatenate(error).mean() * MM)}
