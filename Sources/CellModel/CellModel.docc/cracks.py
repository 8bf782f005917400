# Reprints every number that Discretisation.md gives for the stress intensity of cracks (problems 2, 3).
#
# python3 cracks.py          all studies, about 4 min on one core
# python3 cracks.py 4 7      single studies: 1 to 8
#
# Needs numpy and scipy (run with 2.4 and 1.17). Random offsets are seeded; the times of study 8 vary.
"""Discrete cracks on a fixed, uncracked Q1 plane-strain mesh: comparison of four representations.

A  cells crossed by the crack lose their stiffness (x 1e-6), refactored for every crack
B1 shifted-Heaviside jumps, free nodal jump values        (Schur block on the uncracked factor)
B2 same enrichment, nodal jumps tied to sqrt(a^2-s^2)U_n(s/a)   (2*nm unknowns per crack)
C  uncracked FE + exact crack field of an infinite plane (Stroh form) + FE image field
D  weight function on the uncracked FE stress ( = C without image and without interaction)

B2, C and D all end in one dense affine map on Gauss-Chebyshev points of the crack:
        traction t = t0 + M q ,   jump w = J q ,   K(+-a) = sqrt(pi a) sum (n+1)(+-1)^n q_n
so one contact/friction solver serves the three.  Vectors on a crack are (shear, normal).
Lengths in half crack lengths a unless stated; isotropic plate E=1, nu=0.3 unless stated.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
import sys
import time
import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu
from scipy.special import ellipk, ellipe

XI = np.array([-1, 1, 1, -1.0])
ET = np.array([-1, -1, 1, 1.0])


def isoC(E=1.0, nu=0.3):
    l, m = E * nu / (1 + nu) / (1 - 2 * nu), E / 2 / (1 + nu)
    return np.array([[l + 2 * m, l, 0], [l, l + 2 * m, 0], [0, 0, m]])


EP = 1 / (1 - 0.3**2)  # E' of the default plate


def dN(xi, et, hx, hy):  # gradients of the 4 shape functions (...,2,4)
    xi, et = np.asarray(xi)[..., None], np.asarray(et)[..., None]
    gx = XI * (1 + ET * et) / 4 * 2 / np.asarray(hx)[..., None]
    gy = ET * (1 + XI * xi) / 4 * 2 / np.asarray(hy)[..., None]
    return np.stack([gx, gy], -2)


def Bmat(g):
    B = np.zeros(g.shape[:-2] + (3, 8))
    B[..., 0, 0::2] = g[..., 0, :]
    B[..., 1, 1::2] = g[..., 1, :]
    B[..., 2, 0::2] = g[..., 1, :]
    B[..., 2, 1::2] = g[..., 0, :]
    return B


class Plate:
    """Tensor-product Q1 mesh, stiffness factored once.  fix: 'pin' (3 dofs) or 'roll' (u_x=0 on
    x=min,max)."""

    def __init__(s, x, y, C, fix="pin"):
        s.x, s.y = x, y
        nx, ny = len(x) - 1, len(y) - 1
        s.nx, s.ny = nx, ny
        X, Y = np.meshgrid(x, y)
        s.P = np.c_[X.ravel(), Y.ravel()]
        i, j = np.meshgrid(np.arange(nx), np.arange(ny))
        n0 = (j * (nx + 1) + i).ravel()
        s.en = np.c_[n0, n0 + 1, n0 + nx + 2, n0 + nx + 1]
        s.ed = np.stack([2 * s.en, 2 * s.en + 1], -1).reshape(-1, 8)
        s.hx = s.P[s.en[:, 1], 0] - s.P[s.en[:, 0], 0]
        s.hy = s.P[s.en[:, 3], 1] - s.P[s.en[:, 0], 1]
        s.cen = s.P[s.en].mean(1)
        s.ne = len(s.en)
        s.nd = 2 * len(s.P)
        s.C = np.broadcast_to(C, (s.ne, 3, 3))
        s.eig = None
        Ke = 0
        for a in (-1, 1):
            for b in (-1, 1):
                B = Bmat(dN(np.full(s.ne, a / 3**0.5), np.full(s.ne, b / 3**0.5), s.hx, s.hy))
                Ke = Ke + np.einsum("eki,ekl,elj,e->eij", B, s.C, B, s.hx * s.hy / 4, optimize=True)
        s.K = sp.csc_matrix((Ke.ravel(), (np.repeat(s.ed, 8, 1).ravel(), np.tile(s.ed, (1, 8)).ravel())))
        if fix == "pin":
            s.fx = np.array([0, 1, 2 * nx + 1])
        else:
            side = np.flatnonzero((s.P[:, 0] == x[0]) | (s.P[:, 0] == x[-1]))
            s.fx = np.r_[2 * side, 1]
        s.fr = np.setdiff1d(np.arange(s.nd), s.fx)
        s.lu = splu(s.K[s.fr][:, s.fr], permc_spec="MMD_AT_PLUS_A", options=dict(SymmetricMode=True))
        s.Kfx = s.K[s.fr][:, s.fx]
        s.Bc = Bmat(dN(np.zeros(s.ne), np.zeros(s.ne), s.hx, s.hy))

    def solve(s, f, ub=None):  # ub: prescribed values on the fixed dofs
        u = np.zeros_like(f)
        r = f[s.fr]
        if ub is not None:
            u[s.fx] = ub
            r = r - s.Kfx @ ub
        u[s.fr] = s.lu.solve(np.ascontiguousarray(r))
        return u

    def cell(s, p):
        return (np.searchsorted(s.y, p[:, 1]) - 1) * s.nx + np.searchsorted(s.x, p[:, 0]) - 1

    def edge_force(s, trac, nq=4):  # consistent nodal forces of trac(points, normal)->(n,2[,c])
        gp, gw = np.polynomial.legendre.leggauss(nq)
        F = None
        nx, ny = s.nx, s.ny
        b, l = np.arange(nx + 1), np.arange(ny + 1) * (nx + 1)
        for n, ids in (((0, -1), b), ((0, 1), b + ny * (nx + 1)), ((-1, 0), l), ((1, 0), l + nx)):
            A, Bn = ids[:-1], ids[1:]
            le = np.linalg.norm(s.P[Bn] - s.P[A], axis=1)
            for g, w in zip(gp, gw):
                t = trac(s.P[A] * (1 - g) / 2 + s.P[Bn] * (1 + g) / 2, np.array(n, float))
                if F is None:
                    F = np.zeros((s.nd,) + t.shape[2:])
                for N, q in ((A, (1 - g) / 2), (Bn, (1 + g) / 2)):
                    wt = (le * w / 2 * q).reshape((-1,) + (1,) * (t.ndim - 2))
                    np.add.at(F, 2 * N, wt * t[:, 0])
                    np.add.at(F, 2 * N + 1, wt * t[:, 1])
        return F

    def eig_force(s, eps):  # eigenstrain eps(points)->(n,3)
        s.eig = eps
        F = np.zeros(s.nd)
        for a in (-1, 1):
            for b in (-1, 1):
                p = s.cen + np.c_[a * s.hx, b * s.hy] / 2 / 3**0.5
                B = Bmat(dN(np.full(s.ne, a / 3**0.5), np.full(s.ne, b / 3**0.5), s.hx, s.hy))
                np.add.at(F, s.ed, np.einsum("eki,ekl,el,e->ei", B, s.C, eps(p), s.hx * s.hy / 4))
        return F

    def stress_op(s, pts):
        """sigma(pts) = O u - o : centre stresses interpolated bilinearly between cell centres
        (extrapolated at rims)."""
        xc, yc = (s.x[1:] + s.x[:-1]) / 2, (s.y[1:] + s.y[:-1]) / 2
        i = np.clip(np.searchsorted(xc, pts[:, 0]) - 1, 0, s.nx - 2)
        j = np.clip(np.searchsorted(yc, pts[:, 1]) - 1, 0, s.ny - 2)
        u, v = (pts[:, 0] - xc[i]) / (xc[i + 1] - xc[i]), (pts[:, 1] - yc[j]) / (yc[j + 1] - yc[j])
        rows, cols, vals, o = [], [], [], np.zeros((len(pts), 3))
        for di, dj, w in ((0, 0, (1 - u) * (1 - v)), (1, 0, u * (1 - v)), (0, 1, (1 - u) * v), (1, 1, u * v)):
            e = (j + dj) * s.nx + i + di
            D = w[:, None, None] * np.einsum("ekl,elj->ekj", s.C[e], s.Bc[e])
            rows.append(
                np.broadcast_to(
                    (3 * np.arange(len(pts))[:, None] + np.arange(3))[:, :, None], D.shape
                ).ravel()
            )
            cols.append(np.broadcast_to(s.ed[e][:, None, :], D.shape).ravel())
            vals.append(D.ravel())
            if s.eig is not None:
                o += w[:, None] * np.einsum("ekl,el->ek", s.C[e], s.eig(s.cen[e]))
        return (
            sp.csr_matrix(
                (np.concatenate(vals), (np.concatenate(rows), np.concatenate(cols))),
                shape=(3 * len(pts), s.nd),
            ),
            o.ravel(),
        )


def graded(L, h, core):  # uniform h in |x|<core, then growing cells up to L/2
    m = int(np.ceil(core / h))
    x = [m * h]
    d = h
    if x[0] >= L / 2 - h:
        return np.linspace(-L / 2, L / 2, int(round(L / h)) + 1)
    while x[-1] < L / 2:
        d *= 1.2
        x.append(x[-1] + d)
    x = np.array(x)
    x[1:] = m * h + (x[1:] - m * h) * (L / 2 - m * h) / (x[-1] - m * h)
    return np.r_[-x[::-1], h * np.arange(-m + 1, m), x]


# ---------------------------------------------------------------- crack kernel (Stroh form, any in-plane C)
class Crack:
    def __init__(s, c, a, deg, C, edge=False):
        s.c, s.a, s.th, s.edge = np.array(c, float), a, np.radians(deg), edge
        s.R = np.array([[np.cos(s.th), np.sin(s.th)], [-np.sin(s.th), np.cos(s.th)]])  # rows: tangent, normal
        s.p, s.A, s.B = stroh(C, s.R)
        s.Bi = np.linalg.inv(s.B)
        s.Lam = -np.imag(s.A @ s.Bi)  # compliance; isotropic: (2/E') 1

    def local(s, pts):
        return (pts - s.c) @ s.R.T

    def nodes(s, nm):  # collocation angles and points (edge crack: inner half only)
        th = (np.arange(nm) + 1) * np.pi / (nm + 1)
        if s.edge:
            th = (np.arange(nm) + 0.5) * np.pi / 2 / nm
        return th, s.c + np.outer(s.a * np.cos(th), s.R[0])

    def orders(s, nm):
        return np.arange(nm)  # edge crack: same modes, centred on the mouth, outer half fictitious

    def field(s, pts, nm):
        """Global stress (n,3,2nm) and displacement (n,2,2nm) of the modes; unit q gives face
        traction -(n+1)U_n."""
        x = s.local(pts)
        t = (x[:, :1] + s.p * x[:, 1:]) / s.a
        rt = np.sqrt(t - 1 + 0j) * np.sqrt(t + 1 + 0j)
        n1 = s.orders(nm) + 1
        g = (t + rt)[:, :, None] ** (-n1.astype(float))
        gd = -n1 * g / (s.a * rt)[:, :, None]
        h = -s.a / 2
        u = 2 * h * np.real(np.einsum("ik,pkn,kj->pinj", s.A, g, s.Bi))
        f1 = 2 * h * np.real(np.einsum("ik,pkn,kj->pinj", s.B, gd, s.Bi))
        f2 = 2 * h * np.real(np.einsum("ik,k,pkn,kj->pinj", s.B, s.p, gd, s.Bi))
        S = np.empty((len(pts), 2, 2, len(n1), 2))
        S[:, :, 0], S[:, :, 1] = -f2, f1
        S = np.einsum("ia,pijnm,jb->pabnm", s.R, S, s.R).reshape(len(pts), 2, 2, -1)
        u = np.einsum("ia,pinm->panm", s.R, u).reshape(len(pts), 2, -1)
        return np.stack([S[:, 0, 0], S[:, 1, 1], S[:, 0, 1]], 1), u

    def trac(s, sig):  # global stress (n,3,...) -> local (shear, normal)
        t, n = s.R
        T = np.array(
            [[t[0] * n[0], t[1] * n[1], t[0] * n[1] + t[1] * n[0]], [n[0] ** 2, n[1] ** 2, 2 * n[0] * n[1]]]
        )
        return np.einsum("ik,pk...->pi...", T, sig)

    def jump(s, cth, nm):  # local jump at s/a=cos(th): (n,2,2nm)
        th = np.arccos(np.clip(cth, -1, 1))
        sn = np.sin(np.outer(th, s.orders(nm) + 1))
        return np.einsum("pn,ij->pinj", sn, 2 * s.a * s.Lam).reshape(len(th), 2, -1)

    def K(s, q):  # [[KI,KII] at +a, [KI,KII] at -a]
        n1 = s.orders(len(q) // 2) + 1
        q = q.reshape(-1, 2)[:, ::-1] * n1[:, None] * np.sqrt(np.pi * s.a)
        return np.array([q.sum(0), (q * (-1.0) ** (n1[:, None] - 1)).sum(0)])


def Kjump(cr, q, *Cl):  # K from the jump with the compliance of the material at each tip
    return np.array(
        [
            (np.linalg.solve(-np.imag(A @ np.linalg.inv(B)), cr.Lam @ k[::-1]))[::-1]
            for k, (_, A, B) in zip(cr.K(q), [stroh(c, cr.R) for c in Cl])
        ]
    )


def stroh(C, R):
    C = np.array(C, float)
    C[2, 2] *= 1 + 1e-4  # lifts the isotropic degeneracy of the eigenvalues
    v = np.array([[0, 2], [2, 1]])
    C4 = np.einsum("ia,jb,kc,ld,abcd->ijkl", R, R, R, R, C[np.ix_(v.ravel(), v.ravel())].reshape(2, 2, 2, 2))
    Q, Rm, T = C4[:, 0, :, 0], C4[:, 0, :, 1], C4[:, 1, :, 1]
    Ti = np.linalg.inv(T)
    N = np.block([[-Ti @ Rm.T, Ti], [Rm @ Ti @ Rm.T - Q, -Rm @ Ti]])
    w, V = np.linalg.eig(N)
    k = w.imag > 0
    return w[k], V[:2, k], V[2:, k]


# ---------------------------------------------------------------- shifted Heaviside enrichment (B1, B2)
def clip(poly, val):  # part of the polygon with val>=0
    out = []
    for k in range(len(poly)):
        a, b, va, vb = poly[k - 1], poly[k], val[k - 1], val[k]
        if va * vb < 0:
            out.append(a + (b - a) * va / (va - vb))
        if vb >= 0:
            out.append(b)
    return out


def cut(P, cr, fine=False):
    """Cut cells with an exact polygon quadrature; enriched nodes are those of cut cells with |s|<a."""
    x = cr.local(P.P)
    x[:, 1] += 1e-7 * P.hx.min()
    d, ins = x[:, 1][P.en], (np.abs(x[:, 0]) < cr.a)[P.en]
    el = np.flatnonzero((d.max(1) > 0) & (d.min(1) < 0) & ins.any(1))
    en = np.unique(P.en[el][ins[el]])
    ix = -np.ones(len(P.P), int)
    ix[en] = np.arange(len(en))
    Kub = sp.lil_matrix((P.nd, 2 * len(en)))
    Kbb = np.zeros((2 * len(en),) * 2)
    fb = np.zeros(2 * len(en))
    quad = []
    for e in el:
        poly = P.P[P.en[e]]
        Hj = x[P.en[e], 1] > 0
        pts, ws, H = [], [], []
        for sg in (1, -1):
            pl = clip(list(poly), sg * x[P.en[e], 1])
            tris = [(pl[0], pl[k], pl[k + 1]) for k in range(1, len(pl) - 1)]
            if fine:
                tris = [
                    t
                    for (a, b, c) in tris
                    for t in (
                        (a, (a + b) / 2, (a + c) / 2),
                        (b, (b + c) / 2, (a + b) / 2),
                        (c, (a + c) / 2, (b + c) / 2),
                        ((a + b) / 2, (b + c) / 2, (a + c) / 2),
                    )
                ]
            for a, b, c in tris:
                A = abs((b - a)[0] * (c - a)[1] - (b - a)[1] * (c - a)[0]) / 2
                pts += [(a + b) / 2, (b + c) / 2, (a + c) / 2]
                ws += [A / 3] * 3
                H += [sg > 0] * 3
        pts, ws, H = np.array(pts), np.array(ws), np.array(H)
        r = 2 * (pts - P.cen[e]) / np.array([P.hx[e], P.hy[e]])
        hh = H[:, None].astype(float) - Hj
        B = Bmat(dN(r[:, 0], r[:, 1], np.full(len(ws), P.hx[e]), np.full(len(ws), P.hy[e])))
        quad.append((e, pts, ws, hh))
        Bt = B * np.repeat(hh, 2, 1)[:, None, :]
        m = ix[P.en[e]]
        ok = np.repeat(m >= 0, 2)
        m = np.stack([2 * m, 2 * m + 1], 1).ravel()[ok]
        Bt = Bt[:, :, ok]
        CB = np.einsum("kl,plj,p->pkj", P.C[e], Bt, ws)
        Kub[np.ix_(P.ed[e], m)] += np.einsum("pki,pkj->ij", B, CB)
        Kbb[np.ix_(m, m)] += np.einsum("pki,pkj->ij", Bt, CB)
        if P.eig is not None:
            fb[m] += np.einsum("pki,pk->i", CB, P.eig(pts))
    return dict(en=en, Kub=Kub.tocsc(), Kbb=Kbb, fb=fb, quad=quad, s=x[en, 0])


def phi(P, cr, ct, nm):  # nodal jumps (global) of the Chebyshev modes
    w = cr.jump(ct["s"] / cr.a, nm)
    return np.einsum("ia,pin->pan", cr.R, w).reshape(-1, w.shape[2])


def solveB1(P, cr, u0, nfit=4):
    ct = cut(P, cr, True)
    X = P.solve(ct["Kub"].toarray())
    S = ct["Kbb"] - ct["Kub"].T @ X
    dg = 1 / np.sqrt(np.diag(S))
    b = dg * np.linalg.lstsq(S * dg[:, None] * dg, dg * (ct["fb"] - ct["Kub"].T @ u0), rcond=1e-9)[0]
    u = u0 - X @ b
    q = np.linalg.lstsq(phi(P, cr, ct, nfit), b, rcond=None)[0]
    return u, ct, b, q, S.shape[0]


# ---------------------------------------------------------------- affine maps t0, M, J of B2, C, D
def mapB2(P, crs, u0, nm):
    U, F, S = [], [], []
    cts = [cut(P, c) for c in crs]
    Kq = np.hstack([ct["Kub"] @ phi(P, c, ct, nm) for c, ct in zip(crs, cts)])
    X = P.solve(Kq)
    S = -Kq.T @ X
    F = -Kq.T @ u0
    k = 2 * nm
    W = np.zeros_like(S)
    J = np.zeros_like(S)
    for i, (c, ct) in enumerate(zip(crs, cts)):
        f = phi(P, c, ct, nm)
        b = slice(i * k, i * k + k)
        S[b, b] += f.T @ ct["Kbb"] @ f
        F[b] += f.T @ ct["fb"]
        th, _ = c.nodes(nm)
        J[b, b] = c.jump(np.cos(th), nm).reshape(k, k)
        W[b, b] = (J[b, b] * np.repeat(np.pi * c.a / (nm + 1) * np.sin(th), 2)[:, None]).T
    if crs[0].edge:
        return F, -S, J, dict(X=-X, cts=cts)
    return np.linalg.solve(W, F), -np.linalg.solve(W, S), J, dict(X=-X, cts=cts)


def mapC(P, crs, u0, nm, image=True, inter=True, avg=0.0, mismatch=None):
    """image=False, inter=False is D.  avg: stress averaged over a disc of this diameter.  mismatch:
    kernel C."""
    k = 2 * nm
    n = k * len(crs)
    t0, M, J = np.zeros(n), np.zeros((n, n)), np.zeros((n, n))
    ui, ua = None, None
    if image:
        sig = lambda p: np.concatenate([c.field(p, nm)[0] for c in crs], 2)

        def tr(p, nv):
            S = sig(p)
            return np.stack([S[:, 0] * nv[0] + S[:, 2] * nv[1], S[:, 2] * nv[0] + S[:, 1] * nv[1]], 1)

        ua = np.concatenate([c.field(P.P + 1e-9, nm)[1] for c in crs], 2).reshape(P.nd, n)
        f = -P.edge_force(tr)
        if mismatch is not None:  # -int B^T (C C0^-1 - 1) sigma_an
            for a in (-1, 1):
                for b in (-1, 1):
                    p = P.cen + np.c_[a * P.hx, b * P.hy] / 2 / 3**0.5
                    B = Bmat(dN(np.full(P.ne, a / 3**0.5), np.full(P.ne, b / 3**0.5), P.hx, P.hy))
                    D = P.C @ np.linalg.inv(mismatch) - np.eye(3)
                    np.add.at(
                        f,
                        P.ed,
                        -np.einsum("eki,ekl,eln,e->ein", B, D, sig(p), P.hx * P.hy / 4, optimize=True),
                    )
        ub = -ua[P.fx] if len(P.fx) > 3 else np.zeros((3, n))
        ui = P.solve(f, ub)
    for i, c in enumerate(crs):
        b = slice(i * k, i * k + k)
        th, pts = c.nodes(nm)
        O, o = P.stress_op(pts)
        if avg:
            an = np.arange(6) * np.pi / 3
            q = [
                P.stress_op(pts + avg / 2 * r * np.array([np.cos(z), np.sin(z)]))
                for r in (0.46, 0.89)
                for z in an
            ]
            O, o = sum(z[0] for z in q) / 12, sum(z[1] for z in q) / 12
        t0[b] = c.trac((O @ u0 - o).reshape(-1, 3)).ravel()
        J[b, b] = c.jump(np.cos(th), nm).reshape(k, k)
        for j, cj in enumerate(crs):
            if i == j:  # self traction in closed form
                un = np.sin(np.outer(th, c.orders(nm) + 1)) / np.sin(th)[:, None] * (c.orders(nm) + 1)
                M[b, b] = -np.kron(un, np.eye(2))
            elif inter:
                M[b, j * k : j * k + k] = c.trac(cj.field(pts, nm)[0]).reshape(k, k)
        if image:
            Ti = c.trac((O @ ui).reshape(-1, 3, n)).reshape(k, n)
            if mismatch is not None:  # faces also see (C C0^-1 - 1) sigma_an
                pe = pts + 1e-6 * c.R[1]
                D = P.C[P.cell(pe)] @ np.linalg.inv(mismatch) - np.eye(3)
                Ti += c.trac(np.einsum("pkl,pln->pkn", D, sig(pe))).reshape(k, n)
            M[b] += Ti
    return t0, M, J, dict(X=None if ui is None else ui + ua)


def contact(t0, M, J, mu=None):
    """q with traction-free faces (mu None) or unilateral contact + Coulomb friction by an active
    set on the points."""
    if mu is None:
        return np.linalg.solve(M, -t0), 1
    n = len(t0) // 2
    closed, slip = np.zeros(n, bool), np.zeros(n)  # slip: 0 stick, +-1 direction
    for it in range(100):
        A, r = M.copy(), -t0.copy()
        for i in range(n):
            if closed[i]:
                A[2 * i + 1], r[2 * i + 1] = J[2 * i + 1], 0
                if slip[i] == 0:
                    A[2 * i], r[2 * i] = J[2 * i], 0
                else:
                    A[2 * i] = M[2 * i] + slip[i] * mu * M[2 * i + 1]
                    r[2 * i] = -t0[2 * i] - slip[i] * mu * t0[2 * i + 1]  # ts = -slip*mu*tn
        q = np.linalg.solve(A, r)
        t, w = (t0 + M @ q).reshape(-1, 2), (J @ q).reshape(-1, 2)
        tol = 1e-9 * np.abs(t0).max()
        wt = 1e-9 * np.abs(J).max() * np.abs(t0).max()
        old = closed.copy(), slip.copy()
        opn = closed & (t[:, 1] > tol)
        cl = ~closed & (w[:, 1] < -wt)
        st = closed & (slip == 0) & (np.abs(t[:, 0]) > mu * np.abs(t[:, 1]) + tol)
        bk = closed & (slip * w[:, 0] < -wt)
        slip[st] = np.sign(t[st, 0])
        slip[bk] = 0
        closed[opn] = False
        slip[opn] = 0
        closed[cl] = True
        if (closed == old[0]).all() and (slip == old[1]).all():
            break
    return q, it + 1


# --------------------------------------------- domain interaction integral (any in-plane C)
def iint(P, cr, tip, u, ct=None, b=None, r1=0.4, r2=0.95, C=None):
    R = tip * cr.R
    x = (P.P - cr.c - tip * cr.a * cr.R[0]) @ R.T
    r = np.linalg.norm(x, axis=1) / cr.a
    qn = np.clip((r2 - r) / (r2 - r1), 0, 1)
    el = np.flatnonzero((np.ptp(qn[P.en], axis=1) > 1e-12) | ((P.eig is not None) & (qn[P.en].max(1) > 0)))
    bf = np.zeros((len(P.P), 2))
    cutset = {}
    if ct is not None:
        bf[ct["en"]] = b.reshape(-1, 2)
        cutset = {q[0]: q for q in ct["quad"]}
    g = np.array([-(0.6**0.5), 0, 0.6**0.5])
    w3 = np.array([5, 8, 5]) / 9
    E, Pt, W, HH = [], [], [], []
    for e in el:
        if e in cutset:
            _, p, w, h = cutset[e]
        else:
            p = P.cen[e] + np.array([(i * P.hx[e], j * P.hy[e]) for i in g for j in g]) / 2
            w = np.outer(w3, w3).ravel() * P.hx[e] * P.hy[e] / 4
            h = np.zeros((9, 4))
        E += [e] * len(w)
        Pt.append(p)
        W.append(w)
        HH.append(h)
    E, Pt, W, HH = np.array(E), np.vstack(Pt), np.concatenate(W), np.vstack(HH)
    rr = 2 * (Pt - P.cen[E]) / np.c_[P.hx[E], P.hy[E]]
    G = dN(rr[:, 0], rr[:, 1], P.hx[E], P.hy[E])
    ue = u.reshape(-1, 2)[P.en[E]] + HH[:, :, None] * bf[P.en[E]]
    du = np.einsum("pna,pjn->paj", ue, G)
    dq = np.einsum("pjn,pn->pj", G, qn[P.en[E]]) @ R.T
    ep = np.stack([du[:, 0, 0], du[:, 1, 1], du[:, 0, 1] + du[:, 1, 0]], 1)
    if P.eig is not None:  # eigenstrain: elastic stress and its gradient along the crack
        ep = ep - P.eig(Pt)
        z = 1e-4 * cr.a * R[0]
        eg = (P.eig(Pt + z) - P.eig(Pt - z)) / (2e-4 * cr.a)
        Nq = np.einsum("pn,pn->p", (1 + XI * rr[:, :1]) * (1 + ET * rr[:, 1:]) / 4, qn[P.en[E]])
        eg = np.einsum(
            "ia,pab,jb->pij",
            R,
            np.stack([np.stack([eg[:, 0], eg[:, 2] / 2], 1), np.stack([eg[:, 2] / 2, eg[:, 1]], 1)], 1),
            R,
        )
    sg = np.einsum("pij,pj->pi", P.C[E], ep)
    Sg = np.stack([sg[:, [0, 2]], sg[:, [2, 1]]], 1)
    du, Sg = np.einsum("ia,pab,jb->pij", R, du, R), np.einsum("ia,pab,jb->pij", R, Sg, R)
    p_, A, B = stroh(P.C[el[0]] if C is None else C, R)
    Bi = np.linalg.inv(B)
    xl = (Pt - cr.c - tip * cr.a * cr.R[0]) @ R.T
    near = np.linalg.norm(xl, axis=1) < 1e-3 * cr.a
    xl[near] = 1e9 * cr.a
    fd = 0.5 / np.sqrt(xl[:, :1] + p_ * xl[:, 1:] + 0j) / np.sqrt(2 * np.pi)
    I = np.zeros(2)
    for m in range(2):
        ga = np.stack([2 * np.real(np.einsum("ik,pk,k->pi", A, fd * z, Bi[:, m])) for z in (1, p_)], 2)
        f1, f2 = [2 * np.real(np.einsum("ik,pk,k->pi", B, fd * z, Bi[:, m])) for z in (1, p_)]
        Sa = np.stack([-f2, f1], 2)
        T = np.einsum("pij,pi->pj", Sg, ga[:, :, 0]) + np.einsum("pij,pi->pj", Sa, du[:, :, 0])
        T[:, 0] -= np.einsum("pij,pij->p", Sg, ga)
        I[m] = np.einsum("pj,pj,p->", T, dq, W)
        if P.eig is not None:
            I[m] += np.einsum("pij,pij,p,p->", Sa, eg, Nq, W)
    return np.linalg.solve(-np.imag(A @ Bi), I)[::-1]


def solveA(P, cr, f, C=None):
    """Cells crossed by the segment set to 1e-6 C.  Returns [KI,KII] by opening, by interaction
    integral, and by energy."""
    x = cr.local(P.P)[P.en]
    t = np.linspace(-1, 1, 4001)[:, None] * cr.a * cr.R[0] + cr.c
    C = P.C.copy()
    C[np.unique(P.cell(t))] *= 1e-6
    Q = Plate(P.x, P.y, C)
    u = Q.solve(f)
    u0 = P.solve(f)
    h = P.hx.min()
    d = 1.1 * h * (abs(cr.R[0, 0]) + abs(cr.R[0, 1]))
    pp = np.array([cr.c + d * cr.R[1], cr.c - d * cr.R[1]])

    def at(v):  # bilinear displacement
        e = P.cell(pp)
        r = 2 * (pp - P.cen[e]) / np.c_[P.hx[e], P.hy[e]]
        N = (1 + XI * r[:, :1]) * (1 + ET * r[:, 1:]) / 4
        return np.einsum("pn,pna->pa", N, v.reshape(-1, 2)[P.en[e]])

    dl = cr.R @ (lambda z: z[0] - z[1])(at(u) - at(u0))
    sq = np.sqrt(np.pi * cr.a)
    return (
        dl[::-1] * EP / 4 / cr.a * sq,
        np.array([iint(Q, cr, s, u, C=isoC()) for s in (1, -1)]),
        np.sqrt(max(f @ (u - u0), 0) / 2 * EP / cr.a),
        f @ (u - u0) / (f @ u0),
    )


def uni(P, s=1.0):
    return P.edge_force(lambda p, n: np.outer(np.ones(len(p)), [0, s * n[1]]))


def cellwise(P, u0, cr, length=0.5, points=16):
    """D as the program evaluates it: box means of the cell stresses, constant over each cell, 16 points."""
    sg = np.einsum("ekl,elj,ej->ek", P.C, P.Bc, u0[P.ed])
    if P.eig is not None:
        sg = sg - np.einsum("ekl,el->ek", P.C, P.eig(P.cen))

    def box(edges):
        mid = (edges[1:] + edges[:-1]) / 2
        low = np.maximum(mid[:, None] - length / 2, edges[None, :-1])
        w = np.clip(np.minimum(mid[:, None] + length / 2, edges[None, 1:]) - low, 0, None)
        return w / w.sum(1, keepdims=True)

    mean = np.einsum("ij,jlk,ml->imk", box(P.y), sg.reshape(P.ny, P.nx, 3), box(P.x)).reshape(-1, 3)
    co = np.cos(np.pi * (np.arange(points) + 0.5) / points)
    t = cr.trac(mean[P.cell(cr.c + cr.a * co[:, None] * cr.R[0])])[:, ::-1]
    scale = np.sqrt(cr.a / np.pi) * np.pi / points
    return scale * np.array([(1 + co) @ t, (1 - co) @ t])


# ================================================================ studies
def row(*v):
    print("| " + " | ".join(x if isinstance(x, str) else f"{x:.4g}" for x in v) + " |")


def head(title, *v):
    print("\n### " + title + "\n")
    row(*v)
    row(*["---"] * len(v))


def fullB2(P, cr, u0, nm):  # B2 displacement: K from coefficients and from the integral
    t0, M, J, d = mapB2(P, [cr], u0, nm)
    q, _ = contact(t0, M, J)
    return q, u0 + d["X"] @ q, d["cts"][0], phi(P, cr, d["cts"][0], nm) @ q


ISO = isoC()
SQ = np.sqrt(np.pi)


def T1():
    rng = np.random.default_rng(7)
    offs = rng.random((5, 2)) - 0.5
    out = {}
    ang = (0, 15, 30, 45)
    head(
        "1. Centre crack, square plate, error in % of |K| : mean / worst over 4 angles x 5 offsets x 2 tips",
        "side",
        "method",
        *[f"{c} N={n}" for n in (5, 10, 20) for c in ("K_I", "K_II")],
    )
    for L in (20, 5):
        ref = Plate(*((graded(20, 0.05, 2.4) if L == 20 else np.linspace(-2.5, 2.5, 101)),) * 2, ISO)
        fr = uni(ref)
        ur = ref.solve(fr)
        for N in (5, 10, 20):
            h = 2 / N
            x = graded(20, h, 2.4) if L == 20 else np.linspace(-2.5, 2.5, int(round(5 / h)) + 1)
            P = Plate(x, x, ISO)
            f = uni(P)
            u0 = P.solve(f)
            for b in ang:
                for o in offs:
                    cr = Crack(o * h, 1, b, ISO)
                    mp = mapC(ref, [cr], ur, 8)
                    q, _ = contact(*mp[:3])
                    K = cr.K(q)
                    ke = np.sqrt(fr @ (mp[3]["X"] @ q) / 2 * EP)
                    nrm = np.linalg.norm(K[0])
                    aO, aJ, aE, _ = solveA(P, cr, f)
                    R = {"A opening": np.array([aO, aO]), "A J-integral": aJ}
                    u, ct, bb, q1, _ = solveB1(P, cr, u0, 2)
                    R["B1 opening"] = cr.K(q1)
                    R["B1 J-integral"] = np.array([iint(P, cr, s, u, ct, bb) for s in (1, -1)])
                    q2, *_ = fullB2(P, cr, u0, 2)
                    R["B2 coefficients (2)"] = cr.K(q2)
                    q2, u, ct, bb = fullB2(P, cr, u0, 3)
                    R["B2 J-integral (3)"] = np.array([iint(P, cr, s, u, ct, bb) for s in (1, -1)])
                    R["C (4 terms)"] = cr.K(contact(*mapC(P, [cr], u0, 4)[:3])[0])
                    R["D"] = cr.K(contact(*mapC(P, [cr], u0, 4, False, False)[:3])[0])
                    for m, v in R.items():
                        out.setdefault((L, m, N, b), []).append(100 * np.abs(v - K) / nrm)
                    out.setdefault((L, "A energy (|K|)", N, b), []).append(
                        np.full((2, 2), 100 * abs(aE / ke - 1))
                    )
        ms = list(dict.fromkeys(k[1] for k in out))
        for m in ms:
            E = [np.array(sum((out[L, m, N, b] for b in ang), [])) for N in (5, 10, 20)]
            row(f"{L}a", m, *[f"{e[..., c].mean():.2f} / {e[..., c].max():.2f}" for e in E for c in (0, 1)])
    head(
        "1b. Same, side 20a, worst K_I error (%) by angle, N=5 / 10 / 20",
        "method",
        *[f"{b} deg" for b in ang],
    )
    for m in ms:
        row(
            m,
            *[
                " / ".join(f"{np.array(out[20, m, N, b])[..., 0].max():.1f}" for N in (5, 10, 20))
                for b in ang
            ],
        )
    head(
        "1c. Finite size: K_I/(sigma sqrt(pi a)), centred horizontal crack",
        "side",
        "C h=0.2a",
        "C h=0.1a",
        "C h=0.05a",
        "Isida (square)",
        "image gain (spectral radius)",
        "B1 J h=0.05a",
        "B1 J h=0.025a",
    )
    for L, isi in ((20, 1.014), (5, 1.216)):
        v = []
        j = []
        for h in (0.2, 0.1, 0.05, 0.025):
            x = graded(20, h, 2.4) if L == 20 else np.linspace(-2.5, 2.5, int(round(5 / h)) + 1)
            P = Plate(x, x, ISO)
            u0 = P.solve(uni(P))
            cr = Crack((0.003, 0.007), 1, 0, ISO)
            t0, M, J, _ = mapC(P, [cr], u0, 6)
            v.append(cr.K(contact(t0, M, J)[0])[0, 0] / SQ)
            M0 = mapC(P, [cr], u0, 6, False)[1]
            g = np.abs(np.linalg.eigvals(np.linalg.solve(M0, M - M0))).max()
            if h < 0.06:
                u, ct, bb, *_ = solveB1(P, cr, u0)
                j.append(np.mean([iint(P, cr, s, u, ct, bb)[0] for s in (1, -1)]) / SQ)
        row(f"{L}a", *v[:3], isi, g, *j)


def T2():
    head(
        "2. Stress gradient sigma_n = 1 + 0.5 s/a, side 20a: error of K_I(+a), K_I(-a) in % of the "
        "infinite-plane exact 1.25, 0.75 sqrt(pi a)",
        "load",
        "N",
        "C",
        "D",
        "B1 J",
        "B2 J",
    )
    for ld in ("traction", "eigenstrain"):
        for N in (5, 10, 20):
            x = graded(20, 2 / N, 2.4)
            if ld == "traction":
                P = Plate(x, x, ISO)
                f = P.edge_force(lambda p, n: np.stack([0 * p[:, 0], n[1] * (1 + 0.5 * p[:, 0])], 1))
                dg, c = 0, (0, 0.07)
            else:
                P = Plate(x, x, ISO, "roll")
                f = P.eig_force(lambda p: np.outer(-(1 + 0.5 * p[:, 1]) / EP, [1, 1, 0]))
                dg, c = 90, (0.07, 0)
            u0 = P.solve(f)
            cr = Crack(c, 1, dg, ISO)
            ex = np.array([1.25, 0.75]) * SQ
            R = []
            for im in (True, False):
                R.append(cr.K(contact(*mapC(P, [cr], u0, 4, im, im)[:3])[0])[:, 0])
            u, ct, bb, *_ = solveB1(P, cr, u0)
            R.append(np.array([iint(P, cr, s, u, ct, bb)[0] for s in (1, -1)]))
            q, u, ct, bb = fullB2(P, cr, u0, 3)
            R.append(np.array([iint(P, cr, s, u, ct, bb)[0] for s in (1, -1)]))
            row(ld, str(N), *["%.2f, %.2f" % tuple(100 * (r / ex - 1)) for r in R])


def T3():
    head(
        "3. Edge crack, length a, side 40a: K_I/(sigma sqrt(pi a)); exact 1.1215 (half plane), "
        "1.122 (this plate)",
        "cells over a",
        "C (4 terms)",
        "C (6 terms)",
        "B2 coefficients (2)",
        "B1 J",
        "D as is (interior kernel, length a)",
        "D x 1.1215",
    )
    for n in (3, 5, 10, 20):
        h = 1 / n
        g = graded(40, h, 2.4)
        m = int(np.ceil(2.4 / h))
        x = h * np.arange(2 * m + 1)
        while x[-1] < 40:
            x = np.r_[x, x[-1] + min(2, (x[-1] - x[-2]) * 1.2)]
        x[2 * m + 1 :] = x[2 * m] + (x[2 * m + 1 :] - x[2 * m]) * (40 - x[2 * m]) / (x[-1] - x[2 * m])
        P = Plate(x, g, ISO)
        u0 = P.solve(uni(P))
        cr = Crack((0, 0.37 * h), 1, 0, ISO, True)
        kc = [cr.K(contact(*mapC(P, [cr], u0, nm)[:3])[0])[0, 0] / SQ for nm in (4, 6)]
        kb = cr.K(contact(*mapB2(P, [cr], u0, 2)[:3])[0])[0, 0]
        u, ct, bb, *_ = solveB1(P, cr, u0)
        ci = Crack((0.5, 0.37 * h), 0.5, 0, ISO)
        kd = ci.K(contact(*mapC(P, [ci], u0, 4, False, False)[:3])[0])[0, 0]
        row(str(n), *kc, kb / SQ, iint(P, cr, 1, u, ct, bb)[0] / SQ, kd / SQ, 1.1215)


def T4():
    CA = np.array([[350.0, 75, 0], [75, 230, 0], [0, 0, 50]])
    mu = (CA[0, 0] + CA[1, 1] - 2 * CA[0, 1] + 4 * CA[2, 2]) / 8
    l = (CA[0, 0] + CA[1, 1] + 2 * CA[0, 1]) / 4 - mu
    CI = np.array([[l + 2 * mu, l, 0], [l, l + 2 * mu, 0], [0, 0, mu]])
    head(
        "4. Anisotropic plate: worst |dK|/|K| in % over both tips, N=10; last columns: "
        "isotropic/true opening compliance",
        "side",
        "angle",
        "C true kernel",
        "C iso kernel, no mismatch force",
        "C iso kernel + mismatch force, K from q",
        "same, K from jump",
        "D",
        "B1 J",
        "Lam_iso/Lam normal",
        "shear",
    )
    for L in (20, 5):
        mk = lambda h: graded(20, h, 2.4) if L == 20 else np.linspace(-2.5, 2.5, int(round(5 / h)) + 1)
        Pr, P = Plate(mk(0.05), mk(0.05), CA), Plate(mk(0.2), mk(0.2), CA)
        ur, u0 = Pr.solve(uni(Pr)), P.solve(uni(P))
        for b in (0, 30, 45, 60):
            c = (0.03, 0.05)
            ca, ci = Crack(c, 1, b, CA), Crack(c, 1, b, CI)
            K = ca.K(contact(*mapC(Pr, [ca], ur, 8)[:3])[0])
            Q = [
                contact(*mapC(P, [k], u0, 4, im, im, mismatch=mm)[:3])[0]
                for k, im, mm in ((ca, 1, None), (ci, 1, None), (ci, 1, CI), (ci, 0, None))
            ]
            R = [ca.K(q) for q in Q]
            R.insert(3, Kjump(ci, Q[2], CA, CA))
            u, ct, bb, *_ = solveB1(P, ca, u0)
            R.append(np.array([iint(P, ca, s, u, ct, bb) for s in (1, -1)]))
            row(
                f"{L}a",
                str(b),
                *[100 * np.linalg.norm(r - K, axis=1).max() / np.linalg.norm(K[0]) for r in R],
                ci.Lam[1, 1] / ca.Lam[1, 1],
                ci.Lam[0, 0] / ca.Lam[0, 0],
            )
    head(
        "4b. Two materials, interface y=0, side 20a; crack parallel below at depth d, or crossing "
        "at 90/60 deg. |dK|/|K| in % (worst tip) against B1 J at h=0.0333a",
        "pair",
        "crack",
        "D",
        "C host kernel, no mismatch",
        "C host kernel + mismatch force (K from jump at the local compliance)",
        "B1 J N=10",
        "B1 J N=20",
        "reference |K|/(sigma sqrt(pi a))",
    )
    for nm_, C1, C2 in (
        ("grains c||Y / c||X", CA, CA[np.ix_([1, 0, 2], [1, 0, 2])]),
        ("E / 0.2 E", ISO, 0.2 * ISO),
        ("E / 5 E", ISO, 5 * ISO),
    ):
        PL = {}
        for h in (0.2, 0.1, 1 / 30):
            x = graded(20, h, 2.4)
            P = Plate(x, x, ISO)
            PL[h] = Plate(x, x, np.where(P.cen[:, 1, None, None] > 0, C2, C1))
        U = {h: P.solve(uni(P)) for h, P in PL.items()}
        UX = {
            h: P.solve(P.edge_force(lambda p, n: np.outer(np.ones(len(p)), [n[0], 0]))) for h, P in PL.items()
        }
        for d, b in ((0.5, 0), (1.0, 0), (2.0, 0), (0, 90), (0, 60)):
            c = (0.013, -d + 0.017 if b == 0 else 0.11)
            cr = Crack(c, 1, b, C1)
            W = U if b == 0 else UX
            r2 = min(0.95, 0.95 * d) if b == 0 else 0.95

            def J(h):
                u, ct, bb, *_ = solveB1(PL[h], cr, W[h])
                k = []
                for s in (1, -1):
                    tip = cr.c + s * cr.R[0]
                    Ch = C2 if tip[1] > 0 else C1
                    rr = r2 if b == 0 else min(0.95, 0.93 * abs(tip[1]))
                    k.append(iint(PL[h], cr, s, u, ct, bb, min(0.4, 0.45 * rr), rr, Ch))
                return np.array(k)

            K = J(1 / 30)
            P = PL[0.2]
            Q = [
                contact(*mapC(P, [cr], W[0.2], 4, im, im, mismatch=mm)[:3])[0]
                for im, mm in ((0, None), (1, None), (1, C1))
            ]
            R = [
                cr.K(Q[0]),
                cr.K(Q[1]),
                Kjump(cr, Q[2], *[C2 if (cr.c + z * cr.R[0])[1] > 0 else C1 for z in (1, -1)]),
            ]
            e = lambda r: 100 * (np.linalg.norm(r - K, axis=1) / np.linalg.norm(K, axis=1)).max()
            row(
                nm_,
                f"parallel d={d}a" if b == 0 else f"crossing {b} deg",
                *[e(r) for r in R],
                e(J(0.2)),
                e(J(0.1)),
                "%.3f, %.3f" % tuple(np.linalg.norm(K, axis=1) / SQ),
            )


def T5():
    x = graded(20, 0.2, 3.6)
    P = Plate(x, x, ISO)
    u0 = P.solve(uni(P))

    class Inf:  # infinite plane, unit sigma_yy
        eig = None

        def stress_op(s, p):
            return sp.csr_matrix((3 * len(p), 1)), -np.tile([0.0, 1, 0], len(p))

    def pair(cs, nm, P_=None, uu=np.zeros(1)):
        return contact(*mapC(P_ or Inf(), cs, uu, nm, P_ is not None, True)[:3])[0].reshape(2, -1)

    head(
        "5. Two equal cracks of length 2a. K_I/(sigma sqrt(pi a)); tip gap g",
        "arrangement",
        "g/a",
        "exact inner",
        "exact outer",
        "C 4 terms inner",
        "outer",
        "C 8 inner",
        "outer",
        "D error % inner",
        "outer",
    )
    for g in (0.1, 0.25, 0.5, 1, 2, 4):
        b, c = g / 2, 2 + g / 2
        m = 1 - b * b / c / c
        r = ellipe(m) / ellipk(m)
        ex = [
            np.sqrt(b) * ((c / b) ** 2 * r - 1) / np.sqrt((c / b) ** 2 - 1),
            np.sqrt(c) * (1 - r) / np.sqrt(1 - (b / c) ** 2),
        ]
        v = []
        for nm in (4, 8):
            cs = [Crack((-1 - g / 2, 0), 1, 0, ISO), Crack((1 + g / 2, 0), 1, 0, ISO)]
            v += list(cs[1].K(pair(cs, nm)[1])[::-1, 0] / SQ)
        row("collinear", g, *ex, *v, *[100 * (1 / e - 1) for e in ex])
    for g in (0.25, 0.5, 1, 2, 4, 8):
        v = []
        for nm in (4, 8, 12):
            cs = [Crack((0, -g / 2), 1, 0, ISO), Crack((0, g / 2), 1, 0, ISO)]
            k = cs[1].K(pair(cs, nm)[1])[0] / SQ
            v.append(k)
        row("stacked: K_I, K_II", g, *v[2], *v[0], *v[1], 100 * (1 / v[2][0] - 1), "K_II missed")
    head(
        "5b. Stacked pair in the FE plate, h=0.2a", "gap/a", "C K_I", "C K_II", "B2 coefficients K_I", "K_II"
    )
    for g in (1, 2):
        cs = [Crack((0.03, -g / 2 + 0.03), 1, 0, ISO), Crack((0.03, g / 2 + 0.03), 1, 0, ISO)]
        a_ = cs[1].K(pair(cs, 4, P, u0)[1])[0] / SQ
        q = contact(*mapB2(P, cs, u0, 2)[:3])[0].reshape(2, -1)[1]
        row(g, *a_, *(cs[1].K(q)[0] / SQ))


def T6():
    head(
        "6. Compression sigma=-1, side 20a, N=10, random offset: K_I and |K_II|/(infinite-plane "
        "target) or |K_II|/sqrt(pi a) if the target is 0; relative change of the plate compliance",
        "angle",
        "mu",
        "target",
        "C K_I",
        "C K_II ratio",
        "C d(compliance)",
        "B2(2) K_I",
        "B2 K_II ratio",
        "B2 d(compliance)",
        "D K_I",
        "D K_II ratio",
        "A d(compliance)",
    )
    x = graded(20, 0.2, 2.4)
    P = Plate(x, x, ISO)
    f = uni(P, -1.0)
    u0 = P.solve(f)
    for b in (0, 30, 45, 60):
        for mu in (0, 0.3):
            cr = Crack((0.037, 0.061), 1, b, ISO)
            tg = max(np.sin(cr.th) * np.cos(cr.th) - mu * np.cos(cr.th) ** 2, 0) * SQ
            r = []
            for mp in (mapC(P, [cr], u0, 4), mapB2(P, [cr], u0, 2), mapC(P, [cr], u0, 4, False, False)):
                q, it = contact(*mp[:3], mu=mu)
                k = cr.K(q)
                r += [np.abs(k[:, 0]).max() / SQ, np.abs(k[:, 1]).max() / (tg or SQ)]
                if mp[3]["X"] is not None:
                    r.append(f"{f @ (mp[3]['X'] @ q)/(f @ u0):.1e}")
            row(str(b), mu, tg / SQ, *r, f"{solveA(P, cr, f)[3]:.1e}")
    head(
        "6b. Partial closure, sigma_n = s/a (bending): exact K_I(+a) = 0.5443, K_I(-a) = 0 "
        "[sqrt(pi a)]; without contact 0.5, -0.5",
        "method",
        "terms",
        "K_I(+a)",
        "K_I(-a)",
        "active-set passes",
    )
    f = P.edge_force(lambda p, n: np.stack([0 * p[:, 0], n[1] * p[:, 0]], 1))
    u0 = P.solve(f)
    cr = Crack((0, 0.061), 1, 0, ISO)
    for nm in (4, 8, 16):
        for m, mp in (("C", mapC(P, [cr], u0, nm)), ("D", mapC(P, [cr], u0, nm, False, False))) + (
            (("B2", mapB2(P, [cr], u0, nm)),) if nm < 8 else ()
        ):
            q, it = contact(*mp[:3], mu=0.3)
            row(m, str(nm), *(cr.K(q)[:, 0] / SQ), str(it))


def T7():
    head(
        "7. Plate 20 um, cells 0.35 um, stress averaged over 0.5 um (disc): |dK|/|K| in % (worst "
        "tip) against C on 0.1 um cells, 8 terms",
        "eigenstrain",
        "place",
        "2a (um)",
        "D averaged",
        "D one averaged value at the centre",
        "C 4 terms",
        "C averaged",
        "B1 J",
        "B2 coefficients",
        "D-C averaged",
    )
    g1, g2 = np.linspace(-10, 10, 58), np.linspace(-10, 10, 201)
    lay = lambda p: np.outer(-np.exp(-(p[:, 0] + 10) / 2), [1, 1, 0])
    rad = lambda p: np.outer(((p**2).sum(1)) / 100 - 0.5, [1, 1, 0])
    for en, eig, cs in (
        ("radial r^2", rad, (((0.1, 0.05), 0), ((2.2, -1.3), 30))),
        ("surface layer 2 um + tension", lay, (((-8.0, 0.13), 0), ((-8, 0.13), 60))),
    ):
        P, R = Plate(g1, g1, ISO), Plate(g2, g2, ISO)
        u0, ur = (Z.solve(Z.eig_force(eig) + uni(Z, 0 if eig is rad else 0.5)) for Z in (P, R))
        for c, b in cs:
            for w in (0.35, 0.7, 1, 1.4, 2, 2.8, 3.5, 5, 7):
                cr = Crack(c, w / 2, b, ISO)
                if c[0] - np.cos(cr.th) * w / 2 < -9.9:
                    continue
                K = cr.K(contact(*mapC(R, [cr], ur, 8)[:3])[0])
                nk = np.linalg.norm(K, axis=1)
                e = lambda k: 100 * (np.linalg.norm(k - K, axis=1) / nk.max()).max()
                kd = cr.K(contact(*mapC(P, [cr], u0, 4, 0, 0, avg=0.5)[:3])[0])
                k1 = cr.K(contact(*mapC(P, [cr], u0, 1, 0, 0, avg=0.5)[:3])[0])
                kc, ka = (cr.K(contact(*mapC(P, [cr], u0, 4, avg=z)[:3])[0]) for z in (0, 0.5))
                bj, b2 = "n/a", "n/a"
                if w >= 1.4:
                    u, ct, bb, *_ = solveB1(P, cr, u0)
                    rr = [
                        min(0.95, 0.9 * (10 - abs(cr.c + z * cr.a * cr.R[0]).max()) / cr.a) for z in (1, -1)
                    ]
                    bj = e(np.array([iint(P, cr, z, u, ct, bb, 0.4 * r, r) for z, r in zip((1, -1), rr)]))
                    b2 = e(cr.K(contact(*mapB2(P, [cr], u0, 2)[:3])[0]))
                row(
                    en,
                    f"({c[0]},{c[1]}) {b} deg",
                    w,
                    e(kd),
                    e(k1),
                    e(kc),
                    e(ka),
                    bj,
                    b2,
                    100 * (np.linalg.norm(kd - ka, axis=1) / nk.max()).max(),
                )
    head(
        "7b. Crack normal to the load in front of a free side (side 20a, h=0.2a): C against D "
        "(infinite plane), ligament l",
        "l/a",
        "C inner",
        "C outer",
        "D error % inner",
        "outer",
    )
    x = np.linspace(-10, 10, 101)
    P = Plate(x, x, ISO)
    u0 = P.solve(uni(P))
    for l in (0.25, 0.5, 1, 2, 3, 5, 9):
        cr = Crack((-9 + l, 0.03), 1, 0, ISO)
        k = cr.K(contact(*mapC(P, [cr], u0, 8)[:3])[0])[::-1, 0] / SQ
        row(l, *k, *(100 * (1 / k - 1)))
    head(
        "7c. D as the program evaluates it, cases of 7: |dK|/|K| in % (worst tip)",
        "eigenstrain",
        "place",
        "2a (um)",
        "cells 0.35 um",
        "cells 0.6 um along X",
    )
    wide = np.linspace(-10, 10, 34)
    for en, eig, cs in (
        ("radial r^2", rad, (((0.1, 0.05), 0), ((2.2, -1.3), 30))),
        ("surface layer 2 um + tension", lay, (((-8.0, 0.13), 0), ((-8, 0.13), 60))),
    ):
        R, Ps = Plate(g2, g2, ISO), (Plate(g1, g1, ISO), Plate(wide, g1, ISO))
        ur, *us = (Z.solve(Z.eig_force(eig) + uni(Z, 0 if eig is rad else 0.5)) for Z in (R, *Ps))
        for c, b in cs:
            for w in (0.35, 0.7, 1, 1.4, 2, 2.8):
                cr = Crack(c, w / 2, b, ISO)
                K = cr.K(contact(*mapC(R, [cr], ur, 8)[:3])[0])
                e = lambda k: 100 * (np.linalg.norm(k - K, axis=1) / np.linalg.norm(K, axis=1).max()).max()
                row(en, f"({c[0]},{c[1]}) {b} deg", w, *[e(cellwise(P, u, cr)) for P, u in zip(Ps, us)])


def T8():
    head(
        "8. Cost on the 57x57 mesh, 2a = 10 cells (seconds, one core)",
        "factor",
        "one solve",
        "A refactor",
        "B1 Schur (columns)",
        "B2 (6 terms)",
        "C (6 terms, all image columns)",
        "C (4 terms)",
        "D",
    )
    g = np.linspace(-10, 10, 58)
    t = time.perf_counter()
    T = []
    P = Plate(g, g, ISO)
    f = uni(P)
    T.append(time.perf_counter() - t)
    u0 = P.solve(f)
    cr = Crack((0.1, 0.2), 1.75, 20, ISO)
    for fn in (
        lambda: P.solve(f),
        lambda: Plate(g, g, ISO),
        lambda: solveB1(P, cr, u0),
        lambda: mapB2(P, [cr], u0, 6),
        lambda: mapC(P, [cr], u0, 6),
        lambda: mapC(P, [cr], u0, 4),
        lambda: mapC(P, [cr], u0, 6, False, False),
    ):
        t = time.perf_counter()
        fn()
        T.append(time.perf_counter() - t)
    T[3] = f"{T[3]:.3f} ({solveB1(P, cr, u0)[4]})"
    row(*T)


if __name__ == "__main__":
    for k in sys.argv[1:] or "12345678":
        t = time.process_time()
        globals()["T" + k]()
        print(f"\n(test {k}: {time.process_time()-t:.0f} s)", flush=True)
