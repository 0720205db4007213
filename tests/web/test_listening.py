import socket

import pytest

from appliance.web.listening import PortError, open_port


def test_all_networks_are_those_of_both_kinds() -> None:
    with open_port("", 0, "http.port") as listener:
        with socket.create_connection(("127.0.0.1", listener.getsockname()[1]), timeout=5):
            pass
        assert not listener.getblocking()


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="needs IPv6")
def test_all_networks_include_ipv6() -> None:
    with open_port("", 0, "http.port") as listener:
        try:
            with socket.create_connection(("::1", listener.getsockname()[1]), timeout=5):
                pass
        except OSError as error:
            pytest.skip(f"there is no IPv6 loopback here: {error}")


def test_one_address_is_only_that() -> None:
    with open_port("127.0.0.1", 0, "http.port") as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


def test_a_port_that_is_taken_is_named_with_its_remedy() -> None:
    with open_port("", 0, "http.port") as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortError, match=f"TCP port {port} is used by another program") as refused:
            open_port("", port, "http.port")
        assert f"ss -ltnp 'sport = :{port}'" in refused.value.remedy
        assert "http.port" in refused.value.remedy
        assert refused.value.exit_code == 69


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(PortError, match=r"203\.0\.113\.7 is no address of this machine"):
        open_port("203.0.113.7", 0, "http.port")
