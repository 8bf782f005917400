"""Discharges of a composite cathode by PyBaMM's DFN: the reference of Tests/CellModelTests/CompositeCellTests.swift.

PyBaMM 26.10.1.1, half cell against lithium whose reactions, separator and salt cost nothing: what is left is the
cathode. Transference number 0.9999 and a salt diffusivity of 1e-4 m2/s make the electrolyte a single-ion conductor.
Usage, at the top of the project: python Sources/CellModel/CellModel.docc/composite.py
"""
import re

import numpy as np
import pybamm
from scipy.interpolate import PchipInterpolator

M, DENSITY = 0.097873, 4790.0  # kg/mol, kg/m3
source = open("Sources/CellPhysics/OpenCircuitPotential.swift").read()
table = np.array([[float(number) for number in pair]
                  for pair in re.findall(r"\((\d\.\d+), (\d\.\d+)\)", source)])
grid = np.linspace(table[0, 0], table[-1, 0], 4001)
potential = PchipInterpolator(table[:, 0], table[:, 1])(grid) - 0.124


def composite(active, additive=0.04):
    electrolyte = 1 - active - additive
    density = 1 / (active / DENSITY + electrolyte / 1820 + additive / 1750)
    phi = [density * w / r for w, r in ((active, DENSITY), (electrolyte, 1820.0), (additive, 1750.0))]
    thickness = 23.1e-6 * DENSITY / (active * density)
    connected = (phi[1] - 0.08) / 0.92
    return dict(
        phi=phi, thickness=thickness, kappa=0.16 * connected**2,
        sigma=1.0 * ((phi[0] + phi[2] - 0.3) / 0.7) ** 2, covered=0.5 * connected**0.41)


def discharge(active, rate, points):
    c = composite(active)
    values = pybamm.ParameterValues("Xu2019")
    values.update({
        "Electrode height [m]": 1e-2, "Electrode width [m]": 1e-2,
        "Nominal cell capacity [A.h]": 1.55e-3, "Current function [A]": rate * 1.55e-3,
        "Positive electrode thickness [m]": c["thickness"], "Separator thickness [m]": 1e-7,
        "Separator porosity": 1.0, "Separator Bruggeman coefficient (electrolyte)": 0.0,
        "Positive electrode porosity": c["phi"][1],
        "Positive electrode active material volume fraction": c["phi"][0],
        "Positive electrode Bruggeman coefficient (electrolyte)": 0.0,
        "Positive electrode Bruggeman coefficient (electrode)": 0.0,
        "Positive electrode conductivity [S.m-1]": c["sigma"],
        "Electrolyte conductivity [S.m-1]": c["kappa"], "Electrolyte diffusivity [m2.s-1]": 1e-4,
        "Cation transference number": 0.9999, "Thermodynamic factor": 1.0,
        "Positive particle radius [m]": 2.3e-6,
        "Positive particle diffusivity [m2.s-1]": lambda sto, T: 1e-15 * pybamm.exp(1.5 * (0.75 - sto)),
        "Maximum concentration in positive electrode [mol.m-3]": DENSITY / M,
        "Initial concentration in positive electrode [mol.m-3]": 0.5366 * DENSITY / M,
        "Positive electrode exchange-current density [A.m-2]":
            lambda ce, cs, cmax, T: c["covered"] * 2 * 0.72 * pybamm.sqrt(
                pybamm.maximum(cs / cmax * (1 - cs / cmax), 1e-12)),
        "Positive electrode OCP [V]": lambda sto: pybamm.Interpolant(grid, potential, sto, "OCP"),
        "Positive electrode OCP entropic change [V.K-1]": 0.0,
        "Exchange-current density for lithium metal electrode [A.m-2]": lambda *_: 1e7,
        "Lower voltage cut-off [V]": 3.544, "Upper voltage cut-off [V]": 4.6,
        "Open-circuit voltage at 0% SOC [V]": 3.0, "Open-circuit voltage at 100% SOC [V]": 4.6,
        "Ambient temperature [K]": 298.15, "Initial temperature [K]": 298.15, "Reference temperature [K]": 298.15,
    }, check_already_exists=False)
    model = pybamm.lithium_ion.DFN({"working electrode": "positive"})
    solver = pybamm.IDAKLUSolver(rtol=1e-7, atol=1e-8)
    sim = pybamm.Simulation(
        model, parameter_values=values, solver=solver,
        var_pts={"x_n": 20, "x_s": 5, "x_p": points, "r_n": 20, "r_p": points})
    time = 3600 / rate
    sol = sim.solve([0, time], t_interp=np.linspace(0, time, 4001))
    t, v = sol["Time [s]"].entries, sol["Voltage [V]"].entries
    charge = t * rate * 15.5 / 3600 / (23.1e-6 * DENSITY)  # Ah/kg = mAh/g
    return charge, v


for active in (0.6, 0.8):
    for rate in (0.1, 0.5):
        coarse, fine = (discharge(active, rate, n) for n in (40, 80))
        q, v = fine
        samples = np.linspace(0.1, 0.9, 5) * q[-1]
        print(f"({active}, {rate}, {q[-1]:.3f}, [" + ", ".join(
            f"({s:.3f}, {np.interp(s, q, v):.5f})" for s in samples) + f"]),  // {coarse[0][-1]:.3f} with half the points")
