// The nodes of rlgeo.theory.quadrature, number for number.
import { metadata } from "../generated/rlgeo.js";
import { Generator } from "./random.js";
import { NDArray, array, linspace, sum } from "./runtime.js";

const REACH = 12;

/** Nodes ξ and weights w with E[f(ξ)] ≈ Σ w f(ξ) for standard normal ξ: the trapezoidal rule. */
export function normalNodes(finest) {
  const nodes = linspace(-REACH, REACH, 2 * Math.ceil((2 * REACH) / Math.min(finest, 1)) + 1);
  const density = array(nodes.data.map((x) => Math.exp(-0.5 * x * x)));
  const total = sum(density);
  return { nodes, weights: array(density.data.map((d) => d / total)) };
}

/** Ones and zeros as numpy.random.Generator.integers(2, dtype=uint32) draws them: two of every 64 bits. */
function* coins(seed) {
  const generator = new Generator(seed, [0]); // SciPy takes the first child
  for (;;) {
    generator.next();
    yield generator.low >>> 31;
    yield generator.high >>> 31;
  }
}

function parity(x) {
  for (let shift = 16; shift; shift >>= 1) x ^= x >>> shift;
  return x & 1;
}

/**
 * Scrambled Sobol points as scipy.stats.qmc.Sobol(dimension, rng=seed) makes them, point by point.
 * Owen (1998), in the cheaper form of Matoušek (1998): a random lower triangular matrix over the bits, and a shift.
 */
function sobol(dimension, seed) {
  const { count, bits, directions } = metadata.sobol;
  const coin = coins(seed);
  const flip = () => coin.next().value;
  const shifts = Array.from({ length: dimension }, () => {
    let shift = 0;
    for (let bit = 0; bit < bits; bit++) shift |= flip() << bit;
    return shift;
  });
  const scrambled = Array.from({ length: dimension }, (_, d) => {
    const columns = directions[d].map(() => 0);
    for (let row = 0; row < bits; row++) {
      let matrix = 0;
      for (let k = 0; k < bits; k++) {
        const entry = flip();
        if (k === row || (k < row && entry)) matrix |= 1 << (bits - 1 - k);
      }
      directions[d].forEach((v, j) => (columns[j] |= parity(matrix & (v << (bits - columns.length))) << (bits - 1 - row)));
    }
    return columns;
  });
  const points = new Float64Array(count * dimension);
  for (let d = 0; d < dimension; d++) {
    let now = shifts[d];
    for (let i = 0; i < count; i++) {
      points[i * dimension + d] = now / 2 ** bits;
      // the lowest bit of i that is not set
      now ^= scrambled[d][31 - Math.clz32(~i & (i + 1))];
    }
  }
  return points;
}

const made = new Map();

/** Quasi-Monte Carlo standard normals, shape (replicates, count, dimension); `few` of the replicates, or all. */
export function normalPoints(dimension, few = metadata.sobol.replicates) {
  const { count } = metadata.sobol;
  const key = `${dimension} ${few}`;
  if (!made.has(key)) {
    const each = Array.from({ length: few }, (_, seed) => sobol(dimension, seed));
    const data = new Float64Array(few * count * dimension);
    each.forEach((points, i) => data.set(points, i * points.length));
    made.set(key, new NDArray(data.map((u) => ndtri(Math.min(1 - 2 ** -53, Math.max(2 ** -54, u)))), [few, count, dimension]));
  }
  return made.get(key);
}

const polynomial = (x, coefficients) => coefficients.reduce((value, c) => value * x + c, 0);

// Rational approximations of the normal quantile: S. L. Moshier, Cephes Math Library, ndtri.c.
const MIDDLE = [
  [-5.99633501014107895267e1, 9.80010754185999661536e1, -5.66762857469070293439e1, 1.39312609387279679503e1, -1.23916583867381258016],
  [1, 1.95448858338141759834, 4.67627912898881538453, 8.63602421390890590575e1, -2.25462687854119370527e2, 2.00260212380060660359e2, -8.20372256168333339912e1, 1.59056225126211695515e1, -1.1833162112133000314],
];
const TAIL = [
  [4.05544892305962419923, 3.15251094599893866154e1, 5.71628192246421288162e1, 4.408050738932008347e1, 1.46849561928858024014e1, 2.18663306850790267539, -1.40256079171354495875e-1, -3.50424626827848203418e-2, -8.57456785154685413611e-4],
  [1, 1.57799883256466749731e1, 4.53907635128879210584e1, 4.13172038254672030440e1, 1.50425385692907503408e1, 2.50464946208309415979, -1.42182922854787788574e-1, -3.80806407691578277194e-2, -9.33259480895457427372e-4],
];
const FAR = [
  [3.2377489177694603597, 6.91522889068984211695, 3.93881025292474443415, 1.33303460815807542389, 2.01485389549179081538e-1, 1.23716634817820021358e-2, 3.01581553508235416007e-4, 2.65806974686737550832e-6, 6.2397453918498329373e-9],
  [1, 6.02427039364742014255, 3.67983563856160859403, 1.37702099489081330271, 2.16236993594496635890e-1, 1.34204006088543189037e-2, 3.28014464682127739104e-4, 2.89247864745380683936e-6, 6.79019408009981274425e-9],
];
const EDGE = Math.exp(-2);

/** The normal quantile of 0 < u < 1. */
export function ndtri(u) {
  const upper = u > 1 - EDGE;
  const p = upper ? 1 - u : u;
  if (p > EDGE) {
    const y = p - 0.5;
    const y2 = y * y;
    return (y + y * ((y2 * polynomial(y2, MIDDLE[0])) / polynomial(y2, MIDDLE[1]))) * Math.sqrt(2 * Math.PI);
  }
  const x = Math.sqrt(-2 * Math.log(p));
  const z = 1 / x;
  const [over, under] = x < 8 ? TAIL : FAR;
  const size = x - Math.log(x) / x - (z * polynomial(z, over)) / polynomial(z, under);
  return upper ? size : -size;
}
