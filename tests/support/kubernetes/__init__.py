# SPDX-License-Identifier: GPL-3.0-or-later
"""A real API server of Kubernetes with its controllers, and a stand-in for the kubelet."""
